import type { Call } from "holdfast";
import type { AwsTransport } from "holdfast/aws/dynamodb";
import type { OrderRefused, OrderStep } from "./order-refused.ts";

/** How an order ended, and with which step. */
export interface OrderEnd {
  readonly status: "FULFILLED" | "PAID" | "CANCELLED";
  readonly step: OrderStep;
}

/**
 * One item an order, written at its end and kept for ever. Where an order is before that, its idempotency record knows: two
 * places that say it would differ after a crash.
 */
export interface OrderState {
  read(orderId: string, call: Call): Promise<OrderEnd | undefined>;
  /** For the transaction that completes the unit. It counts by ADD, an effect that a repeat would repeat. */
  fulfilled(orderId: string, receipts: Readonly<Record<"chargeId" | "trackingId", string>>): object;
  /** The same for an order that is only paid here. */
  paid(orderId: string, receipts: Readonly<Record<"chargeId" | "postingId", string>>): object;
  /** How the order has ended: so, unless it had an end before. A run that wakes late changes nothing. */
  cancel(orderId: string, refusal: Pick<OrderRefused, "step" | "message">, call: Call): Promise<OrderEnd>;
}

export function orderStateIn(transport: AwsTransport, TableName: string): OrderState {
  return {
    async read(orderId, call) {
      const input = { TableName, Key: { orderId: { S: orderId } }, ConsistentRead: true };
      const { Item } = await transport.call("GetItem", input, call);
      return Item === undefined ? undefined : endIn(Item);
    },
    fulfilled(orderId, { chargeId, trackingId }) {
      return {
        Update: {
          TableName,
          Key: { orderId: { S: orderId } },
          UpdateExpression:
            "SET #status = :status, step = :step, chargeId = :chargeId, trackingId = :trackingId ADD fulfilments :one",
          ExpressionAttributeNames: { "#status": "status" },
          ExpressionAttributeValues: {
            ":status": { S: "FULFILLED" },
            ":step": { S: "shipping" },
            ":chargeId": { S: chargeId },
            ":trackingId": { S: trackingId },
            ":one": { N: "1" },
          },
        },
      };
    },
    paid(orderId, { chargeId, postingId }) {
      return {
        Update: {
          TableName,
          Key: { orderId: { S: orderId } },
          UpdateExpression:
            "SET #status = :status, step = :step, chargeId = :chargeId, postingId = :postingId ADD payments :one",
          ExpressionAttributeNames: { "#status": "status" },
          ExpressionAttributeValues: {
            ":status": { S: "PAID" },
            ":step": { S: "posting" },
            ":chargeId": { S: chargeId },
            ":postingId": { S: postingId },
            ":one": { N: "1" },
          },
        },
      };
    },
    async cancel(orderId, { step, message }, call) {
      const Item = {
        orderId: { S: orderId },
        status: { S: "CANCELLED" },
        step: { S: step },
        reason: { S: message },
      };
      const input = {
        TableName,
        Item,
        ConditionExpression: "attribute_not_exists(orderId)",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      };
      try {
        await transport.call("PutItem", input, call);
        return endIn(Item);
      } catch (error) {
        const { name, Item: before } = error as { readonly name?: unknown; readonly Item?: object };
        if (name === "ConditionalCheckFailedException" && before !== undefined) return endIn(before);
        throw error;
      }
    },
  };
}

function endIn(item: unknown): OrderEnd {
  const { status, step } = item as Record<keyof OrderEnd, { readonly S: string }>;
  return { status: status.S, step: step.S } as OrderEnd;
}
