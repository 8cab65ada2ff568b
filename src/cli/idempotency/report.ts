import { isoTime } from "../../core/runtime/runtime.ts";
import type { Inspection } from "../../idempotency/admin/inspection.ts";
import { decompressed, unreadable } from "../../idempotency/results/in-record.ts";
import type { painter } from "../paint.ts";
import { printable } from "../printable.ts";
import { COLOURS, momentInWords, nextInWords, resultForm, stateInWords } from "./words.ts";

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
  const shown = options.withResult ? readable(record.result) : undefined;
  if (shown !== undefined) lines.push("", printable(JSON.stringify(shown.value, null, 2)));
  return lines.join("\n");
}

/** The same for a program. */
export function jsonOf(seen: Inspection, options: ReportOptions): string {
  const { id, status, next, isSettledByHand, seenAtMs } = seen;
  const { result, leaseUntilMs, expiresAtMs, atMs, ...record } = seen.record;
  const kept = options.withResult ? readable(result) : undefined;
  const shown = {
    found: true,
    id,
    status,
    next,
    isSettledByHand,
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
