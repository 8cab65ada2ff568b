import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { invariant } from "../../local/run/invariant.ts";
import { badLines, settledLines } from "../../local/run/log-lines.ts";
import { redrive } from "../../local/run/redrive.ts";
import type { RowReport, Scenario, World } from "../../local/run/scenario.ts";
import { spread } from "../../local/run/tally.ts";
import { readArchive } from "./archive.ts";
import { wronglyArchived, wronglyLate, wronglyPublished, wronglyRaised } from "./check-payments.ts";
import { expectedWindows } from "./expected-windows.ts";
import { streamFaults } from "./faults.ts";
import { wronglySetAside } from "./letters.ts";
import { planPayments } from "./payments.ts";
import { planReadings, readingsInRequest, sendReadings, wronglyStored } from "./readings.ts";
import { type Parts, partsOf } from "./stack.ts";
import { putAll, readAll } from "./stream.ts";
import { invocationsOf, planUsage, tooManyInvocations, wronglyCounted } from "./usage.ts";

/** How much is sent. */
export interface Volume {
  readonly usage: number;
  readonly payments: number;
  readonly readings: number;
}

const VOLUME: Volume = { usage: 20_000, payments: 1_500, readings: 2_000 };
/** Five minutes' wait takes six seconds: longer than the five seconds that a batch may take here. */
const SPEED = 50;
const PAYMENT_WINDOW_S = 300;
const SENT_OVER_MS = 3_000;
const IDLE_WITHIN_MS = 90_000;
/** Payments in one PutRecords. */
const TOGETHER = 25;
const LEAST_TOGETHER = 5;

/** Usage, payments and readings, all at once, through everything that goes wrong on the way. */
export function streaming(volume: Volume = VOLUME): Scenario {
  return {
    name: "streaming",
    template: fileURLToPath(new URL("../template.yaml", import.meta.url)),
    notes: [
      "S1's effects are events counted by ADD, each once. S2's are alerts, measured from a payment's arrival in the stream to its alert: " +
        "kills and their leases are within; AWS asks a shard for records once a second, here every 25 ms.",
      "S3 is measured from a reading's sending to the line of the function that stored it. Duplicates are second deliveries, dead letters " +
        "the bad events, each with its reason.",
    ],
    speed: SPEED,
    parameters: {
      FunctionTimeout: "5",
      UsageShards: "2",
      PaymentShards: "2",
      PaymentWindowSeconds: String(PAYMENT_WINDOW_S),
    },
    controls: { batching: { UsageBatchSize: "100", UsageWindowSeconds: "0" } },
    faults: streamFaults,
    keepRequestsOf: ["dynamodb"],
    async run(world) {
      const parts = partsOf(world);
      try {
        return await run(world, parts, volume);
      } finally {
        parts.stop();
      }
    },
  };
}

async function run(world: World, parts: Parts, volume: Volume): Promise<readonly RowReport[]> {
  const { cloud, tally, progress, random, signal } = world;
  const usage = planUsage(volume.usage, random);
  const payments = planPayments(volume.payments, Date.now(), random);
  const readings = planReadings(volume.readings, random);

  progress("sending");
  const slowly = {
    together: TOGETHER,
    between: () => wait((SENT_OVER_MS * TOGETHER) / volume.payments, undefined, { signal }),
  };
  const [sentMs] = await Promise.all([
    sendReadings(cloud.clients.sqs, parts.queue("ReadingsQueue").url, readings.bodies, signal),
    putAll(parts.kinesis, parts.name("UsageStream"), usage.records),
    putAll(parts.kinesis, parts.name("PaymentStream"), payments.records, slowly),
  ]);
  const restless = await rest(world, parts);

  const shards = await readAll(parts.kinesis, parts.name("PaymentStream"));
  const bad = new Set(payments.bad.map(({ data }) => data));
  const expected = expectedWindows(shards, (PAYMENT_WINDOW_S * 1_000) / SPEED, (data) => bad.has(data));
  const archived = await readArchive(cloud.clients.s3, parts.bucket);
  const [days, alerts, stored] = await Promise.all(
    ["UsageTable", "AlertsTable", "ReadingsTable"].map((table) => parts.table(table)),
  );
  const [deadUsage, deadPayments, deadReadings, published] = await Promise.all(
    ["DeadUsage", "DeadPayments", "DeadReadings", "Alerts"].map((queue) => parts.messages(queue)),
  );
  if (!days || !alerts || !stored || !deadUsage || !deadPayments || !deadReadings || !published) {
    throw new Error("a table or a queue was not read");
  }
  const [countUsage, watchPayments, storeReadings] = ["CountUsage", "WatchPayments", "StoreReadings"].map(
    (name) => parts.name(`${name}Function`),
  ) as [string, string, string];
  const lines = settledLines(tally.logs, storeReadings);
  const together = readingsInRequest(cloud.requestsTo("dynamodb"));

  const waiting = (await cloud.queueDepths())
    .filter(({ name, visible, inFlight, delayed }) => !isEnd(name) && visible + inFlight + delayed > 0)
    .map(({ name }) => `something waits in ${name}`);
  const { invocations, inSmallBatches } = invocationsOf(tally.logs, countUsage);
  progress(`${invocations} invocations for usage, and in small batches it were ${inSmallBatches}`);

  return [
    {
      id: "S1",
      eventsIn: usage.records.length,
      effects: [...days.values()].reduce((sum, { events }) => sum + Number(events?.N), 0),
      duplicates: tally.duplicatesOf(countUsage),
      retries: tally.retriesOf(countUsage),
      deadLetters: deadUsage.length,
      p50Ms: 0,
      p95Ms: 0,
      invariants: [
        invariant("every good event is counted exactly once by ADD", wronglyCounted(usage, days)),
        invariant(
          "every bad event is set aside with its reason, and no good one",
          wronglySetAside(usage.bad, deadUsage, "base64"),
        ),
        invariant(
          "invocations are a fifth of what small batches take, or fewer",
          tooManyInvocations(tally.logs, countUsage),
        ),
      ],
    },
    {
      id: "S2",
      eventsIn: payments.records.length,
      effects: [...alerts.values()].reduce((sum, { raised }) => sum + Number(raised?.N), 0),
      duplicates: tally.duplicatesOf(watchPayments),
      retries: tally.retriesOf(watchPayments),
      deadLetters: deadPayments.length,
      ...spread(
        [...alerts.values()].map(
          ({ raisedAtMs, arrivedAtMs }) => Number(raisedAtMs?.N) - Number(arrivedAtMs?.N),
        ),
      ),
      invariants: [
        invariant(
          "the stream holds what was sent",
          shards.flat().length === payments.records.length ? [] : ["it does not"],
        ),
        invariant("some payments are suspicious, and some late", nothingToSee(expected)),
        invariant(
          "every suspicious window of a user raises one alert, by the payment that makes it so",
          wronglyRaised(expected, alerts),
        ),
        invariant("every alert is published, and nothing else is", wronglyPublished(expected, published)),
        invariant("every window is kept as its payments add up", wronglyArchived(expected, archived)),
        invariant("every late payment is kept, and no other", wronglyLate(expected, archived)),
        invariant(
          "every bad payment is set aside with its reason, and no good one",
          wronglySetAside(payments.bad, deadPayments, "base64"),
        ),
      ],
    },
    {
      id: "S3",
      eventsIn: readings.bodies.length,
      effects: stored.size,
      duplicates:
        readings.bodies.length -
        readings.values.size -
        readings.bad.length +
        tally.duplicatesOf(storeReadings),
      retries: tally.retriesOf(storeReadings),
      deadLetters: deadReadings.length,
      ...spread(
        [...sentMs].flatMap(([id, atMs]) => {
          const doneMs = lines.get(id);
          return doneMs === undefined ? [] : [doneMs - atMs];
        }),
      ),
      invariants: [
        invariant("every good reading is stored once, as it was measured", wronglyStored(readings, stored)),
        invariant(
          "every bad reading is set aside with its reason, and no good one",
          wronglySetAside(readings.bad, deadReadings, "utf8"),
        ),
        invariant(
          "readings go to the table together",
          together >= LEAST_TOGETHER ? [] : [`${together} in a request`],
        ),
        invariant("every line is one JSON object with the fields of an event", badLines(tally)),
        invariant("nothing is stuck", [...restless, ...waiting]),
      ],
    },
  ];
}

/** Waits for the last deliveries; what SQS has given up is sent on its way again, as an operator does. */
async function rest(world: World, parts: Parts): Promise<readonly string[]> {
  const restless: string[] = [];
  for (let redrives = 0; ; redrives += 1) {
    world.progress("waiting for the last deliveries");
    await world.cloud.idle(IDLE_WITHIN_MS).catch((error: unknown) => restless.push(String(error)));
    const letters = await parts.messages("DeadReadings");
    const givenUp = letters.some(({ attributes }) => attributes["ReasonCode"] === undefined);
    if (!givenUp || redrives === 2) return restless;
    world.progress("redriving what was given up");
    await redrive(world, { from: parts.queue("DeadReadings").arn, to: parts.queue("ReadingsQueue").arn });
  }
}

/** Queues that hold what came to its end. */
function isEnd(queueName: string): boolean {
  return /-(Dead\w+|Alerts\.fifo)$/.test(queueName);
}

function nothingToSee({ alerts, late }: ReturnType<typeof expectedWindows>): string[] {
  return alerts.size > 0 && late.length > 0 ? [] : [`${alerts.size} alerts, ${late.length} late payments`];
}
