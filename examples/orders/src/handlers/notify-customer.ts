import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Call, deadline, hasCode, wrapHandler } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { sqsBatch } from "holdfast/batching";
import { eventDecoder, type ReceivedEvent } from "holdfast/events";
import { idempotent, type WithUnit } from "holdfast/idempotency";
import { dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { logged } from "holdfast/observability";
import { required } from "../environment.ts";
import { notificationsAt, notified } from "../notifications.ts";
import { type Order, orderCreated, REMEMBER_ORDER_MS } from "../order.ts";
import type { OrderRefused } from "../order-refused.ts";
import { type Refused, review } from "../reviews.ts";

const store = dynamoDBStore({
  transport: dynamoDBTransport(new DynamoDBClient({})),
  tableName: required("IDEMPOTENCY_TABLE"),
});
const notifications = notificationsAt(required("NOTIFICATIONS_URL"));
const notificationsTable = required("NOTIFICATIONS_TABLE");
const reviewsTable = required("REVIEWS_TABLE");

type Notified = { readonly status: "NOTIFIED"; readonly notificationId: string };

/** The key is the unit's own: whoever honours it writes to the customer once, in however many runs. */
async function notify(
  { detail: { orderId, customerId } }: ReceivedEvent<Order>,
  call: Call & WithUnit,
): Promise<Notified | Refused> {
  const { unit, attempt } = call;
  const told = await notifications
    .send({ orderId, customerId, idempotencyKey: unit.id }, call)
    .catch((error: unknown) => {
      if (!hasCode(error, "ORDER_REFUSED")) throw error;
      return error as OrderRefused;
    });
  if ("notificationId" in told) {
    const { notificationId } = told;
    const item = notified(notificationsTable, orderId, notificationId);
    return unit.transact<Notified>([item], { status: "NOTIFIED", notificationId });
  }
  const reason = told.message;
  const item = review(reviewsTable, { orderId, step: "notification", reason, attempts: attempt });
  return unit.transact<Refused>([item], { status: "REFUSED", reason });
}

const notifyOnce = idempotent(notify, {
  store,
  operation: "notify-customer",
  key: ({ detail }) => detail.orderId,
  payload: ({ detail }) => detail,
  rememberMs: REMEMBER_ORDER_MS,
});

export const handler = wrapHandler(
  sqsBatch(notifyOnce, { body: eventDecoder(orderCreated) }),
  logged(),
  deadline({ reserveMs: 300 }),
);
