import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Call, deadline, wrapHandler } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { sqsBatch } from "holdfast/batching";
import { eventDecoder, type ReceivedEvent } from "holdfast/events";
import { idempotent, type WithUnit } from "holdfast/idempotency";
import { dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { logged } from "holdfast/observability";
import { required } from "../environment.ts";
import { type Order, orderCreated, REMEMBER_ORDER_MS } from "../order.ts";
import { MOST_LINES, refusalIn, reserved } from "../reservation.ts";
import { type Refused, review } from "../reviews.ts";
import { linesOf } from "../stock.ts";

const store = dynamoDBStore({
  transport: dynamoDBTransport(new DynamoDBClient({})),
  tableName: required("IDEMPOTENCY_TABLE"),
});
const tables = { stock: required("STOCK_TABLE"), reservations: required("RESERVATIONS_TABLE") };
const reviewsTable = required("REVIEWS_TABLE");

type Reserved = { readonly status: "RESERVED" };

/** All items of the order and the record that they were taken are written in one transaction; or the order is put before a person. */
async function reserve(
  { detail }: ReceivedEvent<Order>,
  { unit, attempt }: Call & WithUnit,
): Promise<Reserved | Refused> {
  const { orderId } = detail;
  const lines = linesOf(detail);
  if (lines.length > MOST_LINES)
    return refuse(`${lines.length} products are more than one transaction takes, which is ${MOST_LINES}`);
  try {
    return await unit.transact(reserved(tables, orderId, lines), { status: "RESERVED" });
  } catch (error) {
    const reason = refusalIn(error, lines);
    if (reason === undefined) throw error;
    return refuse(reason);
  }

  function refuse(reason: string): Promise<Refused> {
    const refusal = { orderId, step: "inventory", reason, attempts: attempt } as const;
    return unit.transact<Refused>([review(reviewsTable, refusal)], { status: "REFUSED", reason });
  }
}

const reserveOnce = idempotent(reserve, {
  store,
  operation: "reserve-stock",
  key: ({ detail }) => detail.orderId,
  payload: ({ detail }) => detail,
  rememberMs: REMEMBER_ORDER_MS,
});

export const handler = wrapHandler(
  sqsBatch(reserveOnce, { body: eventDecoder(orderCreated) }),
  logged(),
  deadline({ reserveMs: 300 }),
);
