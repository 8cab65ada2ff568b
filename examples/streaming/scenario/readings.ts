import { SendMessageBatchCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { PassingRequest } from "../../local/faults/gate.ts";
import type { Item } from "../../local/run/tables.ts";
import type { Bad } from "./letters.ts";

export interface ReadingPlan {
  /** In the order in which they are sent, repeats included. */
  readonly bodies: readonly string[];
  /** Values by `sensor/time`. */
  readonly values: ReadonlyMap<string, number>;
  readonly bad: readonly Bad[];
}

const SENSORS = 20;
const REPEATED = 0.1;
const BAD = 12;
const NEW_YEAR_MS = Date.UTC(2026, 0, 1);
const BATCH = 10;

/** What sensors send: one after the other, some of it twice, and some that is none. */
export function planReadings(count: number, random: () => number): ReadingPlan {
  const values = new Map<string, number>();
  const bodies: string[] = [];
  const bad = Array.from({ length: BAD }, (_, index) => badReading(index));
  const every = Math.floor(count / BAD);
  for (let index = 0; index < count - BAD; index += 1) {
    const sensor = `sensor-${index % SENSORS}`;
    const atMs = NEW_YEAR_MS + Math.floor(index / SENSORS) * 1_000;
    const value = Math.round((random() * 60 - 20) * 100) / 100;
    values.set(`${sensor}/${new Date(atMs).toISOString()}`, value);
    const body = JSON.stringify({ sensor, atMs, value });
    bodies.push(body);
    if (random() < REPEATED) bodies.push(body);
    const one = index % every === 0 ? bad[index / every] : undefined;
    if (one !== undefined) bodies.push(one.data);
  }
  return { bodies, values, bad };
}

function badReading(index: number): Bad {
  const good = { sensor: "sensor-1", atMs: NEW_YEAR_MS - index, value: 1 };
  const kinds: readonly Bad[] = [
    { data: `${JSON.stringify(good)}}`, refusal: "BODY_INVALID" },
    { data: JSON.stringify({ ...good, value: "warm" }), refusal: "BODY_INVALID" },
    // More than a number of DynamoDB holds: only the table knows.
    { data: JSON.stringify({ ...good, value: 1e300 }), refusal: "TERMINAL" },
  ];
  return kinds[index % kinds.length] as Bad;
}

/** Sends all, ten at a time. Answers when each message was sent, by its id. */
export async function sendReadings(
  sqs: SQSClient,
  queueUrl: string,
  bodies: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, number>> {
  const sentMs = new Map<string, number>();
  for (let from = 0; from < bodies.length; from += BATCH) {
    const Entries = bodies
      .slice(from, from + BATCH)
      .map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    const batch = new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries });
    const atMs = Date.now();
    const { Successful = [], Failed = [] } = await sqs.send(batch, { abortSignal: signal });
    if (Failed.length > 0) throw new Error(`SQS did not take a reading: ${Failed[0]?.Message}`);
    for (const { MessageId = "" } of Successful) sentMs.set(MessageId, atMs);
  }
  return sentMs;
}

/** Readings that are missing, stored otherwise, or were never sent. */
export function wronglyStored(
  { values }: Pick<ReadingPlan, "values">,
  items: ReadonlyMap<string, Item>,
): string[] {
  const missing = [...values.keys()].filter((key) => !items.has(key)).map((key) => `${key} is missing`);
  const wrong = [...items].flatMap(([key, { value }]) => {
    const should = values.get(key);
    if (should === undefined) return [`${key} was never sent`];
    return Number(value?.N) === should ? [] : [`${key}: ${value?.N} for ${should}`];
  });
  return [...missing, ...wrong];
}

/** Readings in a request to the table, on the average. */
export function readingsInRequest(requests: readonly PassingRequest[]): number {
  const puts = requests
    .filter(({ operation }) => operation === "BatchWriteItem")
    .map(({ body }) => Object.values(requestItems(body)).flat().length);
  return puts.reduce((sum, count) => sum + count, 0) / Math.max(1, puts.length);
}

function requestItems(body: string): Readonly<Record<string, readonly unknown[]>> {
  return JSON.parse(body).RequestItems;
}
