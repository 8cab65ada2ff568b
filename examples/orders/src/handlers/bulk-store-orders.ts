import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { type Call, deadline, wrapHandler } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { type BulkResult, bulkSender, sqsBulk } from "holdfast/batching";
import { dynamoDBBatchWriter } from "holdfast/batching/targets/dynamodb";
import { eventDecoder, type ReceivedEvent } from "holdfast/events";
import { logged } from "holdfast/observability";
import { accountingAt } from "../accounting.ts";
import { required } from "../environment.ts";
import { orderItem } from "../items.ts";
import { enrich, type Order, orderPlaced } from "../order.ts";
import { sendPrepared } from "../send-prepared.ts";

const customerOf = accountingAt(required("ACCOUNTING_URL"));
const orders = bulkSender(
  dynamoDBBatchWriter({
    transport: dynamoDBTransport(new DynamoDBClient({})),
    tableName: required("BULK_ORDERS_TABLE"),
    key: ["orderId"],
  }),
);

/** Needs no record of what was done: a repeat writes the same bytes to the same key. */
async function storeOrders(
  placed: readonly ReceivedEvent<Order>[],
  call: Call,
): Promise<readonly BulkResult[]> {
  const prepared = await Promise.allSettled(
    placed.map(async ({ detail, time }) =>
      orderItem(enrich(detail, await customerOf(detail.customerId, call), time)),
    ),
  );
  return sendPrepared(prepared, (items) => orders.send(items, call));
}

export const handler = wrapHandler(
  sqsBulk(storeOrders, { body: eventDecoder(orderPlaced) }),
  logged(),
  deadline({ reserveMs: 300 }),
);
