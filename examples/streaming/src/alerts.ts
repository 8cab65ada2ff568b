import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { type Call, runtimeOf, timeout, wrap } from "holdfast";
import { contentId } from "holdfast/batching";
import type { Alert } from "./payment.ts";

/**
 * Publishes an alert for those who act on it. The queue knows the alert's id for five minutes; that it is published again after that, the
 * idempotency record keeps from happening.
 */
export function alertQueue(sqs: SQSClient, queueUrl: string) {
  return wrap(
    async (alert: Alert, { signal }: Call): Promise<void> => {
      const message = new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: JSON.stringify(alert),
        // SQS takes few characters here, and users have names of all kinds.
        MessageGroupId: contentId(alert.user),
        MessageDeduplicationId: contentId(alert.alertId),
      });
      await sqs.send(message, { abortSignal: signal });
    },
    timeout({ ms: 2_000 }),
  );
}

/** Keeps an alert, and counts it in its window by ADD, an effect that a repeat would repeat. */
export function keepAlert(tableName: string, alert: Alert, call: Call) {
  const values = {
    ":user": { S: alert.user },
    ":payment": { S: alert.paymentId },
    ":arrived": { N: String(alert.arrivedAtMs) },
    ":raised": { N: String(runtimeOf(call).now()) },
    ":one": { N: "1" },
  };
  return {
    Update: {
      TableName: tableName,
      Key: { alertId: { S: alert.alertId } },
      UpdateExpression:
        "SET #user = :user, paymentId = :payment, arrivedAtMs = :arrived, raisedAtMs = :raised ADD raised :one",
      ExpressionAttributeNames: { "#user": "user" },
      ExpressionAttributeValues: values,
    },
  };
}
