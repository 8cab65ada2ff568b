import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { deadline, type LambdaCall, wrapHandler } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { onEvent, type WithEvent } from "holdfast/events";
import { idempotent, type WithUnit } from "holdfast/idempotency";
import { dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { logged } from "holdfast/observability";
import { accountingAt } from "../accounting.ts";
import { required } from "../environment.ts";
import { countOrder, putOrder } from "../items.ts";
import { enrich, type Order, orderPlaced } from "../order.ts";

const ordersTable = required("ORDERS_TABLE");
const totalsTable = required("TOTALS_TABLE");
const customerOf = accountingAt(required("ACCOUNTING_URL"));
const store = dynamoDBStore({
  transport: dynamoDBTransport(new DynamoDBClient({})),
  tableName: required("IDEMPOTENCY_TABLE"),
});

type StoreCall = LambdaCall & WithEvent & WithUnit;

/** The order, its day's total and the record that it was done are written in one transaction, or none of them is. */
async function storeOrder(order: Order, call: StoreCall): Promise<{ stored: true }> {
  const customer = await customerOf(order.customerId, call);
  const stored = enrich(order, customer, call.event.time);
  const items = [putOrder(ordersTable, stored), countOrder(totalsTable, stored)];
  return call.unit.transact(items, { stored: true });
}

const storedOnce = idempotent(storeOrder, {
  store,
  operation: "store-order",
  key: (order) => order.orderId,
  payload: (order) => order,
});

export const handler = wrapHandler(onEvent(orderPlaced, storedOnce), logged(), deadline({ reserveMs: 300 }));
