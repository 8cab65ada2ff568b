import type { SharedCircuit } from "../../circuit-breaker/shared/item.ts";
import { isAlerted, mayProbe } from "../../circuit-breaker/shared/item.ts";
import { isoTime } from "../../core/runtime/runtime.ts";
import type { Colour, painter } from "../paint.ts";
import { printable } from "../printable.ts";
import { span } from "../span.ts";

/** A circuit for a person: what it is, and what comes next. */
export function circuitReport(
  name: string,
  item: SharedCircuit,
  nowMs: number,
  paint: ReturnType<typeof painter>,
): string {
  const lines: readonly (readonly [string, string])[] = [
    // Of one that has never been in another state nobody knows.
    ...(item.sinceMs === 0
      ? []
      : [["since", `${isoTime(item.sinceMs)} (${span(Math.max(0, nowMs - item.sinceMs))} ago)`] as const]),
    ["epoch", String(item.epoch)],
    ...(item.share < 1
      ? [["share", `${Number((item.share * 100).toPrecision(3))} % of calls, while closed`] as const]
      : []),
    ...(item.state === "OPEN" ? [["openings", String(item.openings)] as const] : []),
  ];
  return [
    paint("bold", printable(name)),
    "",
    `  ${paint(COLOURS[item.state], inWords(item, nowMs))}`,
    "",
    ...lines.map(([field, value]) => `  ${paint("dim", field.padEnd(9))}  ${value}`),
  ].join("\n");
}

/** The same for a program: the item, with its times in ISO 8601. */
export function circuitJson(name: string, item: SharedCircuit): string {
  const { token: _, sinceMs, untilMs, probeUntilMs, alertUntilMs, ...rest } = item;
  const times = { untilMs, probeUntilMs, alertUntilMs };
  const shown = Object.entries(times).map(([field, ms]) => [
    field.slice(0, -2),
    ms === 0 ? null : isoTime(ms),
  ]);
  return JSON.stringify(
    {
      found: true,
      name,
      ...rest,
      since: sinceMs === 0 ? null : isoTime(sinceMs),
      ...Object.fromEntries(shown),
    },
    null,
    2,
  );
}

/** Of breakers that say nothing else: what is in the item does not tell. */
const RAMP_MS = 10_000;

function inWords(item: SharedCircuit, nowMs: number): string {
  switch (item.state) {
    case "ISOLATED":
      return "Isolated by hand: every call is refused, without probes, until somebody closes it.";
    case "CLOSED":
      if (isAlerted(item, nowMs))
        return "Closed, with an alert: the environments count whether it must open.";
      if (item.share < 1) return "Closed, and throttled by hand.";
      return nowMs - item.sinceMs < RAMP_MS
        ? "Closed a moment ago: more and more calls go through, all of them after `sharing.rampMs` (10 s unless set)."
        : "Closed: calls go through.";
    case "OPEN":
      if (nowMs < item.untilMs) return `Open: calls are refused for ${span(item.untilMs - nowMs)} yet.`;
      return mayProbe(item, nowMs)
        ? "Open, its cooldown is over: the next call is a probe."
        : `Half-open: a probe is under way, for ${span(item.probeUntilMs - nowMs)} at most.`;
  }
}

const COLOURS: Readonly<Record<SharedCircuit["state"], Colour>> = {
  CLOSED: "green",
  OPEN: "red",
  ISOLATED: "yellow",
};
