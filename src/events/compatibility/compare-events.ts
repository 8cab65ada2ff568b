import { type DescribedEvent, nameOf } from "../catalogue/described-event.ts";
import { type CompatibilityOptions, compareSchemas, type DirectedFinding } from "./compatibility.ts";

/**
 * What became of an event: "unknown" is a change of which cannot be told whether it is compatible; "removed" breaks whoever
 * takes it; "added" nobody.
 */
export type EventStatus = "unchanged" | "compatible" | "incompatible" | "unknown" | "removed" | "added";

export interface EventChange {
  readonly event: DescribedEvent;
  readonly status: EventStatus;
  readonly findings: readonly DirectedFinding[];
}

/**
 * Compares the events of two catalogues, by source, type and version.
 *
 * A version is a promise that is kept: its schema may change only as the mode says. A change that breaks it is a new version, beside
 * the old one for as long as somebody takes that.
 */
export function compareEvents(
  before: readonly DescribedEvent[],
  after: readonly DescribedEvent[],
  options: CompatibilityOptions,
): readonly EventChange[] {
  const now = new Map(after.map((event) => [nameOf(event), event]));
  const then = new Set(before.map(nameOf));
  const added = after.filter((event) => !then.has(nameOf(event)));
  const changes = [
    ...before.map((event) => changeOf(event, now.get(nameOf(event)), options)),
    ...added.map((event): EventChange => ({ event, status: "added", findings: [] })),
  ];
  return changes.sort((one, other) => inOrder(one.event, other.event));
}

/** By source and type, and the versions of each from the first. */
export function inOrder(one: DescribedEvent, other: DescribedEvent): number {
  const [a, b] = [one, other].map(({ source, type }) => `${source} ${type}`) as [string, string];
  if (a === b) return one.version - other.version;
  return a < b ? -1 : 1;
}

function changeOf(
  before: DescribedEvent,
  after: DescribedEvent | undefined,
  options: CompatibilityOptions,
): EventChange {
  if (after === undefined) return { event: before, status: "removed", findings: [] };
  if (before.schema === undefined || after.schema === undefined) {
    return { event: after, status: "unknown", findings: [] };
  }
  const { isChanged, findings } = compareSchemas(before.schema, after.schema, options);
  if (!isChanged) return { event: after, status: "unchanged", findings };
  return { event: after, status: statusOf(findings), findings };
}

function statusOf(findings: readonly DirectedFinding[]): EventStatus {
  if (findings.some(({ proof }) => proof !== undefined)) return "incompatible";
  return findings.length === 0 ? "compatible" : "unknown";
}
