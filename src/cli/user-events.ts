import {
  type DescribedEvent,
  isDefinition,
  isDescribed,
  jsonSchemaOf,
  nameOf,
} from "../events/catalogue/described-event.ts";
import { UsageError } from "./io.ts";

/** What a file says of events: a module that exports definitions, or a catalogue that was written as JSON. */
export interface UserEvents {
  readonly events: readonly DescribedEvent[];
  /** Everything that it exports, or holds, by name. */
  readonly exported: Readonly<Record<string, unknown>>;
}

/**
 * Reads the events of a file of the user's: every export of a module that is an event definition, or the `events` of a JSON file.
 *
 * @throws UsageError when there is none, or one of them twice.
 */
export async function userEvents(file: string, cwd: string): Promise<UserEvents> {
  const { resolve } = process.getBuiltinModule("node:path");
  const { existsSync } = process.getBuiltinModule("node:fs");
  const path = resolve(cwd, file);
  if (!existsSync(path)) throw new UsageError(`There is no file ${file}.`);
  const exported = path.endsWith(".json") ? catalogue(file, path) : await moduleExports(file, path);
  const found = path.endsWith(".json")
    ? described(file, exported)
    : Object.values(exported).filter(isDefinition);
  const events = [...new Set(found)].map(({ source, type, version, schema }) => ({
    source,
    type,
    version,
    schema: jsonSchemaOf(schema),
  }));
  if (events.length === 0)
    throw new UsageError(`${file} exports no event definition: what defineEvent({ … }) returns.`);
  checkNames(file, events);
  return { events, exported };
}

async function moduleExports(file: string, path: string): Promise<Readonly<Record<string, unknown>>> {
  const { pathToFileURL } = process.getBuiltinModule("node:url");
  try {
    return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    // Not the exit code of what was found.
    throw new UsageError(
      `${file} could not be loaded: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function catalogue(file: string, path: string): Readonly<Record<string, unknown>> {
  const text = process.getBuiltinModule("node:fs").readFileSync(path, "utf8");
  try {
    return Object(JSON.parse(text)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new UsageError(
      `${file} is not JSON: ${error instanceof Error ? error.message : "it cannot be read"}`,
    );
  }
}

function described(file: string, { events }: Readonly<Record<string, unknown>>): readonly DescribedEvent[] {
  if (Array.isArray(events) && events.every(isDescribed)) return events;
  throw new UsageError(
    `${file} is no catalogue of events: write one with holdfast describe-events <module> --json --out ${file}`,
  );
}

/** Two definitions of one event would each be half of a promise. */
export function checkNames(file: string, events: readonly DescribedEvent[]): void {
  const names = events.map(nameOf);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new UsageError(`${file} defines ${twice} twice, with two definitions.`);
}
