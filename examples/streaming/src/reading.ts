import { randomUUID } from "node:crypto";
import { type InferSchema, jsonSchema } from "holdfast/events";
import { isIdempotencyOn } from "./idempotency-switch.ts";

const schema = {
  type: "object",
  properties: {
    sensor: { type: "string", minLength: 1, maxLength: 100 },
    atMs: { type: "integer", minimum: 0, maximum: 8_640_000_000_000_000 },
    value: { type: "number" },
  },
  required: ["sensor", "atMs", "value"],
} as const;

/** What a sensor measured, at so many milliseconds since the epoch. */
export type Reading = InferSchema<typeof schema>;

export const readingSchema = jsonSchema(schema);

/** Readings as DynamoDB items: the same reading is always the same bytes, under the same key. */
export function readingItems() {
  const isKeyed = isIdempotencyOn();
  return function readingItem({ sensor, atMs, value }: Reading) {
    const at = new Date(atMs).toISOString();
    return {
      sensor: { S: sensor },
      at: { S: isKeyed ? at : `${at}/${randomUUID()}` },
      value: { N: String(value) },
    };
  };
}
