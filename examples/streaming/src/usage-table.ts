import type { Call } from "holdfast";
import type { AwsTransport } from "holdfast/aws/dynamodb";
import type { BulkTarget } from "holdfast/batching";
import { isIdempotencyOn } from "./idempotency-switch.ts";
import { type DayUsage, inOrder } from "./usage.ts";

/**
 * Adds what a batch has for an account's day to its item, in one write. The item says how far in the stream it has counted, and that moves in
 * the same write: an event is counted by the first write that has it, whatever comes again, in whichever company.
 */
export function usageTable(dynamodb: AwsTransport, tableName: string): BulkTarget<DayUsage> {
  const isConditional = isIdempotencyOn();

  async function add(usage: DayUsage, call: Call): Promise<void> {
    let left = usage;
    while (left.events.length > 0) {
      try {
        await dynamodb.call("UpdateItem", addition(tableName, left, isConditional), call);
        return;
      } catch (error) {
        const countedTo = countedToIn(error);
        if (countedTo === undefined) throw error;
        // Some have been counted: a repeat, or our own write whose answer was lost.
        left = { ...left, events: left.events.filter((event) => inOrder(event.sequenceNumber) > countedTo) };
      }
    }
  }

  return {
    name: `DynamoDB table ${tableName}`,
    maxEntries: 1,
    maxBytes: 1,
    sizeOf: () => 1,
    async send(days, call) {
      for (const day of days) await add(day, call);
      return days.map(() => ({ ok: true }));
    },
  };
}

function addition(tableName: string, { account, day, events }: DayUsage, isConditional: boolean) {
  const numbers = events.map(({ sequenceNumber }) => inOrder(sequenceNumber));
  const first = { S: numbers[0] ?? "" };
  return {
    TableName: tableName,
    Key: { account: { S: account }, day: { S: day } },
    UpdateExpression: "ADD units :units, events :events SET counted_to = :last",
    ExpressionAttributeValues: {
      ":units": { N: String(events.reduce((sum, { units }) => sum + units, 0)) },
      ":events": { N: String(events.length) },
      ":last": { S: numbers.at(-1) ?? "" },
      ...(isConditional ? { ":first": first } : {}),
    },
    ...(isConditional
      ? {
          ConditionExpression: "attribute_not_exists(counted_to) OR counted_to < :first",
          ReturnValuesOnConditionCheckFailure: "ALL_OLD",
        }
      : {}),
  };
}

/** How far the item has counted, when that is why the write was refused. */
function countedToIn(error: unknown): string | undefined {
  const { name, Item } = Object(error) as { name?: unknown; Item?: { counted_to?: { S?: string } } };
  return name === "ConditionalCheckFailedException" ? Item?.counted_to?.S : undefined;
}
