import type { StoredOrder } from "./order.ts";

/** The order as a DynamoDB item: the same order is always the same bytes. */
export function orderItem(order: StoredOrder) {
  return {
    orderId: { S: order.orderId },
    customerId: { S: order.customerId },
    customerName: { S: order.customerName },
    customerSegment: { S: order.customerSegment },
    items: {
      L: order.items.map(({ productId, quantity, price }) => ({
        M: { productId: { S: productId }, quantity: { N: String(quantity) }, price: { N: String(price) } },
      })),
    },
    total: { N: String(order.total) },
    discount: { N: String(order.discount) },
    payable: { N: String(order.payable) },
    timestamp: { S: order.timestamp },
    processedAt: { S: order.processedAt },
  };
}

/** Puts the order; unconditionally, for the transaction it is part of happens once. */
export function putOrder(tableName: string, order: StoredOrder) {
  return { Put: { TableName: tableName, Item: orderItem(order) } };
}

/** Counts the order in its day's total by ADD, an effect that a repeat would repeat. */
export function countOrder(tableName: string, order: StoredOrder) {
  return {
    Update: {
      TableName: tableName,
      Key: { day: { S: order.processedAt.slice(0, 10) } },
      UpdateExpression: "ADD orders :one, payable :payable",
      ExpressionAttributeValues: { ":one": { N: "1" }, ":payable": { N: String(order.payable) } },
    },
  };
}
