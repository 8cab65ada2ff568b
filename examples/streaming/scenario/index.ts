import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { redrive } from "../../local/run/redrive.ts";
import type { RowReport, Scenario, World } from "../../local/run/scenario.ts";
import { streamFaults } from "./faults.ts";
import { planPayments } from "./payments.ts";
import { planReadings, sendReadings } from "./readings.ts";
import { paymentsRow, readingsRow, usageRow } from "./rows.ts";
import { type Parts, partsOf } from "./stack.ts";
import { putAll } from "./stream.ts";
import { planUsage } from "./usage.ts";

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
  const { cloud, progress, random, signal } = world;
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
  const waiting = (await cloud.queueDepths())
    .filter(({ name, visible, inFlight, delayed }) => !isEnd(name) && visible + inFlight + delayed > 0)
    .map(({ name }) => `something waits in ${name}`);
  return [
    await usageRow(world, parts, usage),
    await paymentsRow(world, parts, payments, (PAYMENT_WINDOW_S * 1_000) / SPEED),
    await readingsRow(world, parts, readings, { sentMs, stuck: [...restless, ...waiting] }),
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
