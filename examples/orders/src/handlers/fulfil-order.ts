import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { SQSClient } from "@aws-sdk/client-sqs";
import { type Call, deadline, hasCode, wrapHandler } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { type RecordCall, type SqsRecord, sqsBatch } from "holdfast/batching";
import { skipWhenOpen } from "holdfast/circuit-breaker";
import { dynamoDBCircuitStore } from "holdfast/circuit-breaker/dynamodb";
import { eventDecoder, type ReceivedEvent } from "holdfast/events";
import { dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { resumable, type WithSteps } from "holdfast/idempotency/steps";
import { logged } from "holdfast/observability";
import { asideIn } from "../aside.ts";
import { carrierAt } from "../carrier.ts";
import { required } from "../environment.ts";
import { inventoryIn } from "../inventory.ts";
import { type Order, orderPlaced, payableFor } from "../order.ts";
import type { OrderRefused } from "../order-refused.ts";
import { type OrderEnd, orderStateIn } from "../order-state.ts";
import { paidOnce } from "../paid-once.ts";
import { paymentCircuit } from "../payment-circuit.ts";
import { paymentsAt, paymentsWithoutKeysAt } from "../payments.ts";

const dynamoDB = dynamoDBTransport(new DynamoDBClient({}));
const store = dynamoDBStore({ transport: dynamoDB, tableName: required("IDEMPOTENCY_TABLE") });
const orderState = orderStateIn(dynamoDB, required("ORDER_STATE_TABLE"));
const inventory = inventoryIn(dynamoDB, {
  stock: required("STOCK_TABLE"),
  reservations: required("RESERVATIONS_TABLE"),
});
const carrier = carrierAt(required("CARRIER_URL"));
const circuits = dynamoDBCircuitStore({ transport: dynamoDB, tableName: required("CIRCUITS_TABLE") });
const circuit = paymentCircuit(circuits);
const paymentsUrl = required("PAYMENTS_URL");
const payments =
  required("PAYMENTS_HONOUR_KEYS") === "true"
    ? paymentsAt(paymentsUrl, circuit)
    : paidOnce(paymentsWithoutKeysAt(paymentsUrl, circuit), store);

/** A crash resumes after the last step that is done; a refusal takes back the ones before it, the last one first. */
async function fulfil(order: Order, call: Call & WithSteps): Promise<OrderEnd> {
  const { orderId, customerId, items } = order;
  const { unit } = call;
  // The record says this too, and sooner, until it is forgotten: an archive may bring the order back after years.
  const ended = await orderState.read(orderId, call);
  if (ended !== undefined) return ended;
  const { chargeId } = await unit.step(
    "payment",
    (own) => payments.charge({ orderId, customerId, amount: payableFor(order), ...own }, call),
    { compensate: (charged, own) => payments.refund({ orderId, ...charged, ...own }, call) },
  );
  await unit.step("inventory", (own) => inventory.reserve({ orderId, items, ...own }, call), {
    compensate: (reservation, own) => inventory.restock({ ...reservation, ...own }, call),
  });
  const { trackingId } = await unit.step("shipping", (own) =>
    carrier.ship({ orderId, customerId, ...own }, call),
  );
  const end: OrderEnd = { status: "FULFILLED", step: "shipping" };
  return unit.transact([orderState.fulfilled(orderId, { chargeId, trackingId })], end);
}

const fulfilOnce = resumable(fulfil, {
  store,
  operation: "fulfil-order",
  key: (order) => order.orderId,
  payload: (order) => order,
  onError: (error) => (hasCode(error, "ORDER_REFUSED") ? "remember" : "release"),
  // The queue gives up an outage after three of them; after a redrive the next three go on.
  maxCompensationAttempts: 30,
});

/** A refused order is done with: its message has nothing to come back for. */
async function fulfilOrder(
  { detail: order }: ReceivedEvent<Order>,
  call: RecordCall<SqsRecord>,
): Promise<OrderEnd> {
  try {
    return await fulfilOnce(order, call);
  } catch (error) {
    if (!hasCode(error, "ORDER_REFUSED")) throw error;
    return orderState.cancel(order.orderId, error as OrderRefused, call);
  }
}

const aside = asideIn(new SQSClient({}), required("SKIPPED_URL"));

export const handler = wrapHandler(
  sqsBatch(skipWhenOpen(fulfilOrder, aside.put), { body: eventDecoder(orderPlaced) }),
  logged({ fields: aside.fields }),
  deadline({ reserveMs: 300 }),
);
