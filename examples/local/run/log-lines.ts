import type { LogLine, Tally } from "./tally.ts";

/** When a function first said of each event that it was done, and not only put aside, by correlation id. */
export function settledLines(logs: readonly LogLine[], functionName: string): ReadonlyMap<string, number> {
  const first = new Map<string, number>();
  for (const line of logs) {
    const id = line.fields["correlation_id"];
    if (line.functionName !== functionName || typeof id !== "string") continue;
    if (line.fields["outcome"] !== "ok" || line.fields["skipped"] === true) continue;
    if (!first.has(id)) first.set(id, line.atMs);
  }
  return first;
}

const FIELDS = ["timestamp", "event_type", "duration_ms", "function_name", "attempt", "outcome"];

/** Lines without the fields that every event's line has, and what was written besides. */
export function badLines(tally: Tally): string[] {
  const incomplete = tally.logs.flatMap(({ fields, functionName }) => {
    const missing = FIELDS.filter((field) => fields[field] === undefined);
    return missing.length === 0 ? [] : [`${functionName} lacks ${missing.join(", ")}`];
  });
  // The kill switch speaks plainly, and loudly, of itself.
  const strange = tally.otherLines.filter((line) => !line.startsWith("holdfast: HOLDFAST_DISABLE"));
  return [...incomplete, ...strange.map((line) => line.slice(0, 120))];
}
