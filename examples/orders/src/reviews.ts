import type { OrderStep } from "./order-refused.ts";

/** What a person has to look at: an order that one of its legs has refused for good. */
export interface Refusal {
  readonly orderId: string;
  readonly step: OrderStep;
  readonly reason: string;
  /** Deliveries of the order until it was refused, that one included. */
  readonly attempts: number;
}

/** The answer of a leg that has refused its order: a value, for it is an answer like any other. */
export interface Refused {
  readonly status: "REFUSED";
  readonly reason: string;
}

/**
 * Puts an order before a person, in the transaction that completes the unit.
 *
 * Whoever finds it there acts on it, and would act twice on what comes twice: a refund, a letter. A message to a queue comes at
 * least once; this is there once. It counts by ADD, an effect that a repeat would repeat.
 */
export function review(tableName: string, { orderId, step, reason, attempts }: Refusal): object {
  return {
    Update: {
      TableName: tableName,
      Key: { reviewId: { S: reviewId(step, orderId) } },
      UpdateExpression:
        "SET orderId = :orderId, step = :step, reason = :reason, attempts = :attempts ADD refusals :one",
      ExpressionAttributeValues: {
        ":orderId": { S: orderId },
        ":step": { S: step },
        ":reason": { S: reason },
        ":attempts": { N: String(attempts) },
        ":one": { N: "1" },
      },
    },
  };
}

/** `inventory/market-7`: each leg may refuse an order for a reason of its own. */
export function reviewId(step: OrderStep, orderId: string): string {
  return `${step}/${orderId}`;
}
