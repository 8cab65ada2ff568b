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
  // A worker that has more to say than its pipe takes at once, and is killed, leaves one line unfinished.
  const cut = strange.filter(isUnfinished).slice(0, endedWorkers(tally));
  return [...incomplete, ...strange.filter((line) => !cut.includes(line)).map((line) => line.slice(0, 120))];
}

function isUnfinished(line: string): boolean {
  return line.startsWith('{"') && !line.endsWith("}");
}

/** Frozen ones are killed when their time is up. */
function endedWorkers({ killed, disturbances }: Tally): number {
  return killed + (disturbances["workers frozen"] ?? 0);
}
