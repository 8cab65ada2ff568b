import { HoldfastError } from "holdfast";
import type { KinesisRecord } from "holdfast/batching";
import { type InferSchema, jsonSchema } from "holdfast/events";

const schema = {
  type: "object",
  properties: {
    account: { type: "string", minLength: 1, maxLength: 100 },
    units: { type: "integer", minimum: 0, maximum: 1_000_000_000 },
    atMs: { type: "integer", minimum: 0, maximum: 8_640_000_000_000_000 },
  },
  required: ["account", "units", "atMs"],
} as const;

/** So many units were used by an account, at so many milliseconds since the epoch. */
export type Usage = InferSchema<typeof schema>;

export const usageSchema = jsonSchema(schema);

/** Where in the stream an event is, and what it counts. */
interface Counted {
  readonly sequenceNumber: string;
  readonly units: number;
}

/** What one batch has for an account's day, in the stream's order. */
export interface DayUsage {
  readonly account: string;
  readonly day: string;
  readonly events: readonly Counted[];
}

/** Folds a batch: one entry for each account and day, however many events. */
export interface UsageFold {
  add(usage: Usage, record: KinesisRecord): void;
  days(): readonly DayUsage[];
}

export function usageFold(): UsageFold {
  const days = new Map<string, { account: string; day: string; events: Counted[] }>();
  return {
    add({ account, units, atMs }, { kinesis: { partitionKey, sequenceNumber } }) {
      // Of one partition key alone do sequence numbers grow in order, whatever becomes of shards.
      if (partitionKey !== account) {
        throw new HoldfastError("USAGE_MISPLACED", "The record's partition key is not its account.");
      }
      const day = new Date(atMs).toISOString().slice(0, 10);
      const key = `${day} ${account}`;
      const known = days.get(key) ?? { account, day, events: [] };
      known.events.push({ sequenceNumber, units });
      days.set(key, known);
    },
    days: () => [...days.values()],
  };
}

/** A sequence number as a text that compares as numbers do: it has up to 129 digits, and DynamoDB's numbers have 38. */
export function inOrder(sequenceNumber: string): string {
  return `${String(sequenceNumber.length).padStart(3, "0")}:${sequenceNumber}`;
}

/** The lowest of some sequence numbers. */
export function lowest(sequenceNumbers: readonly string[]): string | undefined {
  return sequenceNumbers.toSorted((a, b) => (inOrder(a) < inOrder(b) ? -1 : 1))[0];
}
