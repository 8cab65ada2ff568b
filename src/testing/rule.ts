/** One rule of a contract: a sentence, and a run that rejects when a subject breaks it. */
export interface Rule<Subject> {
  readonly name: string;
  run(subject: Subject): Promise<void>;
}

/** Throws unless the two are equal as JSON. */
export function equal(what: string, actual: unknown, expected: unknown): void {
  const [is, should] = [JSON.stringify(sorted(actual)), JSON.stringify(sorted(expected))];
  if (is !== should) throw new Error(`${what} is ${is}; expected ${should}`);
}

/** Throws unless the work rejects. */
export async function rejects(what: string, work: () => Promise<unknown>): Promise<void> {
  const outcome = await work().then(
    () => "resolved",
    () => "rejected",
  );
  equal(what, outcome, "rejected");
}

function sorted(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, item]) => [name, sorted(item)]),
  );
}
