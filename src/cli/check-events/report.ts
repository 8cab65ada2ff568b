import { nameOf } from "../../events/catalogue/described-event.ts";
import type { EventChange, EventStatus } from "../../events/compatibility/compare-events.ts";
import type { CompatibilityMode, DirectedFinding } from "../../events/compatibility/compatibility.ts";
import type { Colour, painter } from "../paint.ts";
import { printable } from "../printable.ts";

/** What is passed although it may break somebody. */
export interface Allowed {
  readonly unknown: boolean;
  readonly removed: boolean;
}

export interface Report {
  readonly mode: CompatibilityMode;
  readonly allowed: Allowed;
  readonly changes: readonly EventChange[];
}

export function isBreaking({ status }: EventChange, allowed: Allowed): boolean {
  if (status === "unknown") return !allowed.unknown;
  if (status === "removed") return !allowed.removed;
  return status === "incompatible";
}

/** For a person: a line an event, the reasons beneath it, and the sum. */
export function textReport({ mode, allowed, changes }: Report, paint: ReturnType<typeof painter>): string {
  const width = Math.max(...changes.map(({ event }) => nameOf(event).length));
  const lines = changes.flatMap((change) => {
    const name = printable(nameOf(change.event)).padEnd(width);
    return [`${name}  ${paint(COLOURS[change.status], WORDS[change.status])}`, ...reasons(change)];
  });
  const breaking = changes.filter((change) => isBreaking(change, allowed)).length;
  const sum =
    breaking === 0
      ? paint("green", `Compatible (${mode}): ${countOf(changes.length)}.`)
      : paint("red", `Not compatible (${mode}): ${breaking} of ${countOf(changes.length)}.`);
  return [...lines, ...(lines.at(-1) === "" ? [] : [""]), sum].join("\n");
}

function countOf(events: number): string {
  return events === 1 ? "1 event" : `${events} events`;
}

const WORDS: Readonly<Record<EventStatus, string>> = {
  unchanged: "unchanged",
  compatible: "compatible",
  incompatible: "incompatible",
  unknown: "cannot tell",
  removed: "removed",
  added: "new",
};

const COLOURS: Readonly<Record<EventStatus, Colour>> = {
  unchanged: "dim",
  compatible: "green",
  incompatible: "red",
  unknown: "yellow",
  removed: "red",
  added: "green",
};

function reasons({ event, status, findings }: EventChange): readonly string[] {
  if (status === "removed") return ["  Whoever takes it will wait for it in vain.", ""];
  if (status === "unknown" && findings.length === 0) {
    const what = event.schema === undefined ? "Its schema" : "The old schema";
    return [`  ${what} is no JSON Schema, and cannot be written as one.`, ""];
  }
  const told = findings.flatMap((finding) => [
    `  ${printable(finding.path || "(whole)")}  ${printable(finding.keyword)}`,
    `    ${printable(finding.message)}`,
    `    ${printable(consequence(finding))}`,
  ]);
  return told.length === 0 ? [] : [...told, ""];
}

/** An example is cut at this length. */
const LONGEST = 200;

function consequence({ breaks, proof }: DirectedFinding): string {
  const whom = breaks === "backward" ? "old events at new consumers" : "new events at old consumers";
  if (proof === undefined) return `may break ${whom}: cannot tell`;
  const shown = JSON.stringify(proof.part === undefined ? proof.value : proof.part);
  const cut = shown.length > LONGEST ? `${shown.slice(0, LONGEST)}…` : shown;
  return `breaks ${whom}: ${proof.part === undefined ? "an event such as" : "such as"} ${cut}`;
}

/** For a program. */
export function jsonReport({ mode, allowed, changes }: Report): string {
  const events = changes.map(({ event: { source, type, version }, status, findings }) => ({
    source,
    type,
    version,
    status,
    findings: findings.map(({ proof, ...said }) => ({
      ...said,
      verdict: proof === undefined ? "unknown" : "incompatible",
      ...(proof === undefined ? {} : { example: proof.part, event: proof.value }),
    })),
  }));
  const isCompatible = !changes.some((change) => isBreaking(change, allowed));
  return JSON.stringify({ compatible: isCompatible, mode, events }, null, 2);
}
