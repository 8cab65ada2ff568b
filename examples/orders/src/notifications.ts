import { type Call, timeout, wrap } from "holdfast";
import { exponential, retry } from "holdfast/retry";
import { ask } from "./ask.ts";

export interface Notification {
  readonly orderId: string;
  readonly customerId: string;
  readonly idempotencyKey: string;
}

/** Who writes to customers; knows their addresses, honours keys. */
export interface Notifications {
  /** Tells a customer of an order. One without a good address is refused. */
  send(notification: Notification, call: Call): Promise<{ readonly notificationId: string }>;
}

export function notificationsAt(baseUrl: string): Notifications {
  const url = new URL("/notifications", baseUrl);
  return {
    send: wrap(
      ({ idempotencyKey, ...body }: Notification, call: Call) =>
        ask<{ notificationId: string }>({ step: "notification", url, body, idempotencyKey }, call),
      retry({ maxAttempts: 4, backoff: exponential({ initialDelayMs: 50, maxDelayMs: 400 }) }),
      timeout({ ms: 800 }),
    ),
  };
}

/** That a customer was told, for the transaction that completes the unit. It counts by ADD, an effect that a repeat would repeat. */
export function notified(tableName: string, orderId: string, notificationId: string): object {
  return {
    Update: {
      TableName: tableName,
      Key: { orderId: { S: orderId } },
      UpdateExpression: "SET notificationId = :notificationId ADD notifications :one",
      ExpressionAttributeValues: { ":notificationId": { S: notificationId }, ":one": { N: "1" } },
    },
  };
}
