/** How fast the streaming example counts: its handler by itself, and its template on this machine's cloud, from PutRecords to the table. */
import type { Details } from "../details.ts";
import { againstBudget, type Row } from "../row.ts";
import { consumerNs } from "./streaming/consumer.ts";
import { alertLatency, type Batching, countUsage, type EndToEnd } from "./streaming/end-to-end.ts";
import { titled } from "./titled.ts";

const microseconds = titled("streaming", "µs");
const milliseconds = titled("streaming", "ms");
/** Fifty thousand events a second. */
const TARGET_US = 20;
const SUBSECOND_MS = 1_000;
const EVENTS = 100_000;
/** Of small batches fewer are enough to see it. */
const EVENTS_IN_SMALL = 20_000;

const large: Batching = { batchSize: 10_000, windowSeconds: 60 };
/** What Lambda does unless it is told otherwise. */
const small: Batching = { batchSize: 100, windowSeconds: 0 };

let measured: readonly (readonly [name: string, run: EndToEnd])[] = [];

export async function rows(): Promise<readonly Row[]> {
  const { handler, parsed } = await consumerNs(10_000);
  const perEvent = (ns: readonly number[]): number[] => ns.map((one) => one / 1_000);
  const inLarge = [
    await countUsage(EVENTS, large),
    await countUsage(EVENTS, large),
    await countUsage(EVENTS, large),
  ];
  const inSmall = await countUsage(EVENTS_IN_SMALL, small);
  measured = [...inLarge.map((run) => ["10,000, 60 s", run] as const), ["100, 0 s", inSmall]];
  const { p50Ms, p95Ms } = await alertLatency();
  return [
    againstBudget(microseconds("CPU of the handler, an event of 10,000", TARGET_US), perEvent(handler)),
    againstBudget(microseconds("the same, with the JSON of the invocation", TARGET_US), perEvent(parsed)),
    againstBudget(
      microseconds(`from PutRecords to the table, an event of ${EVENTS}`, TARGET_US),
      inLarge.map(({ tookMs, events }) => (tookMs * 1_000) / events),
    ),
    againstBudget(milliseconds("from a payment's arrival to its alert, median"), [p50Ms]),
    againstBudget(milliseconds("the same, 95 %", SUBSECOND_MS), [p95Ms]),
  ];
}

export function details(): Details {
  return {
    title: "Usage from PutRecords to the table, run by run",
    lines: measured.map(([batching, run]) => ({
      batches: batching,
      events: run.events,
      "events/s": Math.round((run.events * 1_000) / run.tookMs),
      "ms in all": Math.round(run.tookMs),
      "ms putting": Math.round(run.puttingMs),
      "CPU ms of the cloud": Math.round(run.cloudCpuMs),
      "ms in functions": Math.round(run.inFunctionsMs),
      invocations: run.invocations,
      "events in one": Math.round(run.events / run.invocations),
    })),
  };
}
