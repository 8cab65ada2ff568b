import { invariant } from "../../local/run/invariant.ts";
import { badLines, settledLines } from "../../local/run/log-lines.ts";
import type { RowReport, World } from "../../local/run/scenario.ts";
import { spread } from "../../local/run/tally.ts";
import { readArchive } from "./archive.ts";
import { wronglyArchived, wronglyLate, wronglyPublished, wronglyRaised } from "./check-payments.ts";
import { type ExpectedWindows, expectedWindows } from "./expected-windows.ts";
import { wronglySetAside } from "./letters.ts";
import type { PaymentPlan } from "./payments.ts";
import { type ReadingPlan, readingsInRequest, wronglyStored } from "./readings.ts";
import type { Parts } from "./stack.ts";
import { readAll } from "./stream.ts";
import { tooManyInvocations, type UsagePlan, wronglyCounted } from "./usage.ts";

const LEAST_TOGETHER = 5;

export async function usageRow({ tally }: World, parts: Parts, plan: UsagePlan): Promise<RowReport> {
  const days = await parts.table("UsageTable");
  const dead = await parts.messages("DeadUsage");
  const fn = parts.name("CountUsageFunction");
  return {
    id: "S1",
    eventsIn: plan.records.length,
    effects: [...days.values()].reduce((sum, { events }) => sum + Number(events?.N), 0),
    duplicates: tally.duplicatesOf(fn),
    retries: tally.retriesOf(fn),
    deadLetters: dead.length,
    p50Ms: 0,
    p95Ms: 0,
    invariants: [
      invariant("every good event is counted exactly once by ADD", wronglyCounted(plan, days)),
      invariant(
        "every bad event is set aside with its reason, and no good one",
        wronglySetAside(plan.bad, dead, "base64"),
      ),
      invariant(
        "invocations are a fifth of what small batches take, or fewer",
        tooManyInvocations(tally.logs, fn),
      ),
    ],
  };
}

/** `arrivalMs`: how long Lambda keeps a state here, in real milliseconds. */
export async function paymentsRow(
  { cloud, tally }: World,
  parts: Parts,
  plan: PaymentPlan,
  arrivalMs: number,
): Promise<RowReport> {
  const shards = await readAll(parts.kinesis, parts.name("PaymentStream"));
  const bad = new Set(plan.bad.map(({ data }) => data));
  const expected = expectedWindows(shards, arrivalMs, (data) => bad.has(data));
  const archived = await readArchive(cloud.clients.s3, parts.bucket);
  const alerts = await parts.table("AlertsTable");
  const dead = await parts.messages("DeadPayments");
  const fn = parts.name("WatchPaymentsFunction");
  return {
    id: "S2",
    eventsIn: plan.records.length,
    effects: [...alerts.values()].reduce((sum, { raised }) => sum + Number(raised?.N), 0),
    duplicates: tally.duplicatesOf(fn),
    retries: tally.retriesOf(fn),
    deadLetters: dead.length,
    ...spread(
      [...alerts.values()].map(
        ({ raisedAtMs, arrivedAtMs }) => Number(raisedAtMs?.N) - Number(arrivedAtMs?.N),
      ),
    ),
    invariants: [
      invariant(
        "the stream holds what was sent",
        shards.flat().length === plan.records.length ? [] : [`${shards.flat().length} payments`],
      ),
      invariant("some payments are suspicious, and some late", nothingToSee(expected)),
      invariant(
        "every suspicious window of a user raises one alert, by the payment that makes it so",
        wronglyRaised(expected, alerts),
      ),
      invariant(
        "every alert is published, and nothing else is",
        wronglyPublished(expected, await parts.messages("Alerts")),
      ),
      invariant("every window is kept as its payments add up", wronglyArchived(expected, archived)),
      invariant("every late payment is kept, and no other", wronglyLate(expected, archived)),
      invariant(
        "every bad payment is set aside with its reason, and no good one",
        wronglySetAside(plan.bad, dead, "base64"),
      ),
    ],
  };
}

function nothingToSee({ alerts, late }: ExpectedWindows): string[] {
  return alerts.size > 0 && late.length > 0 ? [] : [`${alerts.size} alerts, ${late.length} late payments`];
}

/** `sentMs`: when each message was sent, by its id. `stuck`: what has not come to rest. */
export async function readingsRow(
  { cloud, tally }: World,
  parts: Parts,
  plan: ReadingPlan,
  { sentMs, stuck }: { readonly sentMs: ReadonlyMap<string, number>; readonly stuck: readonly string[] },
): Promise<RowReport> {
  const stored = await parts.table("ReadingsTable");
  const dead = await parts.messages("DeadReadings");
  const fn = parts.name("StoreReadingsFunction");
  const lines = settledLines(tally.logs, fn);
  const together = readingsInRequest(cloud.requestsTo("dynamodb"));
  const repeated = plan.bodies.length - plan.values.size - plan.bad.length;
  return {
    id: "S3",
    eventsIn: plan.bodies.length,
    effects: stored.size,
    duplicates: repeated + tally.duplicatesOf(fn),
    retries: tally.retriesOf(fn),
    deadLetters: dead.length,
    ...spread(
      [...sentMs].flatMap(([id, atMs]) => {
        const doneMs = lines.get(id);
        return doneMs === undefined ? [] : [doneMs - atMs];
      }),
    ),
    invariants: [
      invariant("every good reading is stored once, as it was measured", wronglyStored(plan, stored)),
      invariant(
        "every bad reading is set aside with its reason, and no good one",
        wronglySetAside(plan.bad, dead, "utf8"),
      ),
      invariant(
        "readings go to the table together",
        together >= LEAST_TOGETHER ? [] : [`${together} in a request`],
      ),
      invariant("every line is one JSON object with the fields of an event", badLines(tally)),
      invariant("nothing is stuck", stuck),
    ],
  };
}
