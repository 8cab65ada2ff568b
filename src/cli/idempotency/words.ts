import { isoTime } from "../../core/runtime/runtime.ts";
import type { Inspection, NextDelivery, RecordStatus } from "../../idempotency/admin/inspection.ts";
import type { InspectedStep, InspectedSteps } from "../../idempotency/admin/steps.ts";
import type { Colour } from "../paint.ts";
import { span } from "../span.ts";

/** What a record is, in a sentence. */
export function stateInWords(seen: Inspection): string {
  const { record, status, seenAtMs, isSettledByHand } = seen;
  const when = (ms: number): string => momentInWords(ms, seenAtMs);
  const at = when(record.atMs);
  const by = isSettledByHand
    ? `by hand, over the run of fence ${record.fence}`
    : `by the run of fence ${record.fence}`;
  switch (status) {
    case "held":
      return `Held by the run of fence ${record.fence} until ${when(record.leaseUntilMs)}.`;
    case "abandoned":
      return `Abandoned since ${when(record.leaseUntilMs)}: the run of fence ${record.fence} has ended without a word.`;
    case "released":
      return `Released ${by}, ${at}: ${record.steps === undefined ? "the work was not done" : "the next delivery goes on where it stopped"}.`;
    case "completed":
      return record.state === "COMPLETED"
        ? `Completed ${by}, ${at}.`
        : `Completed ${by}, ${at}, without a stored result.`;
    case "failed":
      return `Failed for good, ${by}, ${at}.`;
    case "unknown":
      if (seen.steps?.failure !== undefined)
        return `Parked since ${at}: it has failed for good, and what it did could not be taken back.`;
      return `Unknown outcome since ${at}: nobody can say whether the run of fence ${record.fence} did the work.`;
    case "expired":
      return `Expired ${when(record.expiresAtMs)}: it was ${record.state}, and counts no more.`;
    case "newer-format":
      return `Written by a newer holdfast (format ${record.version}), which can say what it is.`;
  }
}

/** What becomes of the next delivery, one sentence a line. */
export function nextInWords({ next, record, status }: Inspection): readonly string[] {
  const rerun =
    status === "abandoned"
      ? "It takes the key over and runs the work."
      : nextSentence(next.rerun, record.state);
  const lines =
    next.rerun === next.block ? [rerun] : [rerun, `With onAbandoned: "block" it ${NEXT[next.block]}.`];
  const compares = record.payloadHash !== "-" && status !== "expired" && status !== "newer-format";
  return compares ? [...lines, "With another payload it is refused (IDEMPOTENCY_PAYLOAD_MISMATCH)."] : lines;
}

function nextSentence(next: NextDelivery, state: string): string {
  if (next !== "is-replayed") return `It ${NEXT[next]}.`;
  if (state === "FAILED") return "It gets the same error again; the work is not run.";
  if (state === "COMPLETED") return "It gets the stored result; the work is not run.";
  return "It is refused (IDEMPOTENCY_RESULT_NOT_STORED); the work is not run.";
}

const NEXT: Readonly<Record<NextDelivery, string>> = {
  runs: "runs the work",
  "is-replayed": "gets the stored result",
  "is-refused-in-progress":
    "is refused while the key is held (IDEMPOTENCY_IN_PROGRESS), unless `inFlight` says otherwise",
  "is-refused-unknown-outcome": "is refused (IDEMPOTENCY_UNKNOWN_OUTCOME) until someone settles it",
  "is-refused-newer-format": "is refused by this version (IDEMPOTENCY_RECORD_VERSION)",
};

/** What became of a step. */
export const STEPS: Readonly<Record<InspectedStep["state"], string>> = {
  done: "done",
  owed: "done, has a compensation",
  undone: "taken back",
  caught: "failed, and the function went on",
  lost: "done, its result could not be kept",
  begun: "failed, and is run again",
};

/** That a unit is being taken back. */
export function failureInWords({ at, attempts }: NonNullable<InspectedSteps["failure"]>): string {
  const where = at === undefined ? "the unit has failed for good" : `the unit has failed for good at "${at}"`;
  const often = attempts === 1 ? "once" : `${attempts} times`;
  return `${where}, and is being taken back${attempts === 0 ? "" : `, which has failed ${often}`}`;
}

/** How a status looks: green needs nobody, yellow may, red does. */
export const COLOURS: Readonly<Record<RecordStatus, Colour>> = {
  held: "green",
  completed: "green",
  released: "green",
  expired: "dim",
  abandoned: "yellow",
  failed: "yellow",
  unknown: "red",
  "newer-format": "yellow",
};

/** In which form a result is kept, or undefined where there is none. */
export function resultForm(kept: string | undefined): string | undefined {
  if (kept === undefined) return undefined;
  const form = /^([a-z][a-z0-9]*):/.exec(kept)?.[1];
  return form === undefined ? "plain" : form === "gz" ? "gzipped" : form;
}

/** A moment, and how far it is from now: `2026-11-25T10:00:00.000Z, 90 s ago`. */
export function momentInWords(ms: number, nowMs: number): string {
  const away = ms - nowMs;
  return `${isoTime(ms)}${away > 0 ? ` (in ${span(away)})` : ` (${span(-away)} ago)`}`;
}
