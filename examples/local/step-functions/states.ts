/** A definition in the Amazon States Language, taken apart without judging it. */
export type Json = Readonly<Record<string, unknown>>;
export type Path = readonly (string | number)[];

export function isJson(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** A state with its name and place. */
export interface StateEntry {
  readonly name: string;
  readonly state: Json;
  readonly path: Path;
  /** Inside a Map or Parallel state. */
  readonly nested: boolean;
}

/** The definitions within a Map or Parallel state, each with its place below the state. */
function innerDefinitions(state: Json): readonly (readonly [Path, Json])[] {
  const inner: (readonly [Path, unknown])[] = [
    [["ItemProcessor"], state["ItemProcessor"]],
    [["Iterator"], state["Iterator"]],
    ...listOf(state["Branches"]).map((branch, index) => [["Branches", index], branch] as const),
  ];
  return inner.flatMap(([path, value]) => (isJson(value) ? [[path, value] as const] : []));
}

/** Every state of a definition, those within Map and Parallel states with it. */
export function* statesOf(definition: Json, path: Path = [], nested = false): Generator<StateEntry> {
  const states = definition["States"];
  if (!isJson(states)) return;
  for (const [name, state] of Object.entries(states)) {
    if (!isJson(state)) continue;
    const statePath = [...path, "States", name];
    yield { name, state, path: statePath, nested };
    for (const [innerPath, inner] of innerDefinitions(state)) {
      yield* statesOf(inner, [...statePath, ...innerPath], true);
    }
  }
}
