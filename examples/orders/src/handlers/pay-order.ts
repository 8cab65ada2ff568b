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
import { postingsAt } from "../accounting.ts";
import { asideIn } from "../aside.ts";
import { required } from "../environment.ts";
import { type Order, orderCreated, payableFor } from "../order.ts";
import type { OrderRefused } from "../order-refused.ts";
import { type OrderEnd, orderStateIn } from "../order-state.ts";
import { paidOnce } from "../paid-once.ts";
import { paymentCircuit } from "../payment-circuit.ts";
import { paymentsAt, paymentsWithoutKeysAt } from "../payments.ts";

const dynamoDB = dynamoDBTransport(new DynamoDBClient({}));
const store = dynamoDBStore({ transport: dynamoDB, tableName: required("IDEMPOTENCY_TABLE") });
const circuits = dynamoDBCircuitStore({ transport: dynamoDB, tableName: required("CIRCUITS_TABLE") });
const circuit = paymentCircuit(circuits);
const orderState = orderStateIn(dynamoDB, required("ORDER_STATE_TABLE"));
const post = postingsAt(required("ACCOUNTING_URL"));
const paymentsUrl = required("PAYMENTS_URL");
const payments =
  required("PAYMENTS_HONOUR_KEYS") === "true"
    ? paymentsAt(paymentsUrl, circuit)
    : paidOnce(paymentsWithoutKeysAt(paymentsUrl, circuit), store);

/** A crash between the charge and its posting goes on with the posting. */
async function pay(order: Order, call: Call & WithSteps): Promise<OrderEnd> {
  const { orderId, customerId } = order;
  const { unit } = call;
  // The record says this too, and sooner, until it is forgotten: an archive may bring the order back after years.
  const ended = await orderState.read(orderId, call);
  if (ended !== undefined) return ended;
  const amount = payableFor(order);
  const { chargeId } = await unit.step("payment", (own) =>
    payments.charge({ orderId, customerId, amount, ...own }, call),
  );
  const { postingId } = await unit.step("posting", (own) =>
    post({ orderId, chargeId, amount, ...own }, call),
  );
  const end: OrderEnd = { status: "PAID", step: "posting" };
  return unit.transact([orderState.paid(orderId, { chargeId, postingId })], end);
}

const payOnce = resumable(pay, {
  store,
  operation: "pay-order",
  key: (order) => order.orderId,
  payload: (order) => order,
  // What the circuit refused is released as well: whoever replays it begins where this run stopped.
  onError: (error) => (hasCode(error, "ORDER_REFUSED") ? "remember" : "release"),
});

async function payOrder(
  { detail: order }: ReceivedEvent<Order>,
  call: RecordCall<SqsRecord>,
): Promise<OrderEnd> {
  try {
    return await payOnce(order, call);
  } catch (error) {
    if (!hasCode(error, "ORDER_REFUSED")) throw error;
    return orderState.cancel(order.orderId, error as OrderRefused, call);
  }
}

const aside = asideIn(new SQSClient({}), required("SKIPPED_URL"));

export const handler = wrapHandler(
  sqsBatch(skipWhenOpen(payOrder, aside.put), { body: eventDecoder(orderCreated) }),
  logged({ fields: aside.fields }),
  deadline({ reserveMs: 300 }),
);
