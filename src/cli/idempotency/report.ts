import { isoTime } from "../../core/runtime/runtime.ts";
import type { Inspection } from "../../idempotency/admin/inspection.ts";
import { decompressed, unreadable } from "../../idempotency/results/in-record.ts";
import type { painter } from "../paint.ts";
import { printable } from "../printable.ts";
import {
  COLOURS,
  failureInWords,
  momentInWords,
  nextInWords,
  resultForm,
  STEPS,
  stateInWords,
} from "./words.ts";

export interface ReportOptions {
  /** Whether the result itself is shown: it may be personal data. */
  readonly withResult: boolean;
}

/** A record for a person: what it is, what comes next, its fields. */
export function reportOf(
  seen: Inspection,
  options: ReportOptions,
  paint: ReturnType<typeof painter>,
): string {
  const { record, seenAtMs } = seen;
  const when = (ms: number): string => momentInWords(ms, seenAtMs);
  const fields: readonly (readonly [string, string])[] = [
    ["state", record.state],
    ["fence", String(record.fence)],
    ["owner", record.owner],
    ["at", `${when(record.atMs)}, when it was last claimed or ended`],
    ...(record.state === "IN_PROGRESS" ? [["lease", when(record.leaseUntilMs)] as const] : []),
    ["expires", when(record.expiresAtMs)],
    ["payload", record.payloadHash === "-" ? "not compared" : record.payloadHash],
    ["result", resultLine(record.result, options)],
    ...stepLines(seen),
    ["format", String(record.version)],
  ];
  const lines = [
    paint("bold", printable(seen.id)),
    "",
    `  ${paint(COLOURS[seen.status], printable(stateInWords(seen)))}`,
    "",
    `  ${paint("dim", "next delivery")}  ${nextInWords(seen).join(`\n${" ".repeat(17)}`)}`,
    "",
    ...fields.map(([name, value]) => `  ${paint("dim", name.padEnd(13))}  ${printable(value)}`),
  ];
  if (options.withResult) {
    const shown = readable(record.result);
    if (shown !== undefined) lines.push("", printable(JSON.stringify(shown.value, null, 2)));
    const { list = [], failure } = seen.steps ?? {};
    const errors = failure === undefined ? [] : [{ name: "why it has failed", kept: failure.kept }];
    for (const { name, kept } of [...errors, ...list]) {
      const of = readable(kept);
      if (of !== undefined) lines.push("", printable(`${name}: ${JSON.stringify(of.value, null, 2)}`));
    }
  }
  return lines.join("\n");
}

/** The same for a program. */
export function jsonOf(seen: Inspection, options: ReportOptions): string {
  const { id, status, next, isSettledByHand, seenAtMs } = seen;
  // Steps hold results: how far they have come is shown, not what came of them.
  const { result, leaseUntilMs, expiresAtMs, atMs, steps: _, ...record } = seen.record;
  const kept = options.withResult ? readable(result) : undefined;
  const shown = {
    found: true,
    id,
    status,
    next,
    isSettledByHand,
    ...(seen.record.steps === undefined ? {} : { steps: stepsJson(seen.steps, options) }),
    seenAt: isoTime(seenAtMs),
    record: {
      ...record,
      at: isoTime(atMs),
      leaseUntil: record.state === "IN_PROGRESS" ? isoTime(leaseUntilMs) : null,
      expiresAt: isoTime(expiresAtMs),
      resultForm: resultForm(result) ?? null,
      ...(kept === undefined ? {} : { result: kept.value }),
    },
  };
  return JSON.stringify(shown, null, 2);
}

function stepsJson(steps: Inspection["steps"], { withResult }: ReportOptions): object | string {
  if (steps === undefined) return "damaged";
  const list = steps.list.map(({ name, state, kept }) => {
    const shown = withResult ? readable(kept) : undefined;
    return { name, state, resultForm: resultForm(kept) ?? null, ...(shown && { result: shown.value }) };
  });
  if (steps.failure === undefined) return { list };
  const { kept, ...failure } = steps.failure;
  const error = withResult ? readable(kept) : undefined;
  return { list, failure: { ...failure, ...(error && { error: error.value }) } };
}

function stepLines({ record, steps }: Inspection): readonly (readonly [string, string])[] {
  if (record.steps === undefined) return [];
  if (steps === undefined) return [["steps", "damaged: they cannot be read"]];
  const lines = steps.list.map(({ name, state }) => `${name}: ${STEPS[state]}`);
  const failure = steps.failure && failureInWords(steps.failure);
  return [...(failure === undefined ? [] : [failure]), ...lines].map((line, index) => [
    index === 0 ? "steps" : "",
    line,
  ]);
}

function resultLine(kept: string | undefined, { withResult }: ReportOptions): string {
  const form = resultForm(kept);
  if (kept === undefined || form === undefined) return "none";
  const size = `${Buffer.byteLength(kept)} bytes, ${form}`;
  if (form !== "plain" && form !== "gzipped")
    return `${size}: only the function's own \`results\` can read it`;
  return withResult ? size : `${size}, not shown (--result shows it)`;
}

/** The result, where the record alone holds it. What JSON has no word for stands as a tagged list. */
function readable(kept: string | undefined): { readonly value: unknown } | undefined {
  const form = resultForm(kept);
  if (kept === undefined || (form !== "plain" && form !== "gzipped")) return undefined;
  const text = decompressed(kept);
  try {
    return { value: JSON.parse(text) };
  } catch {
    // The parser's own words would quote it.
    throw unreadable("it is damaged");
  }
}
