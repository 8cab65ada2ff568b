import { hasCode } from "holdfast";
import { refusalsOf, type StockLine, shortageOf, stockChanges } from "./stock.ts";

/** 100 actions a transaction, of which one is the reservation and one the record. Source: DynamoDB API Reference, "TransactWriteItems". */
export const MOST_LINES = 98;

/**
 * Takes all of an order's lines out of the stock, or none, for the transaction that completes the unit. The reservation keeps what was
 * taken, to be put back by it, and counts by ADD, an effect that a repeat would repeat.
 */
export function reserved(
  tables: { readonly stock: string; readonly reservations: string },
  orderId: string,
  lines: readonly StockLine[],
): readonly object[] {
  const reservation = {
    Update: {
      TableName: tables.reservations,
      Key: { reservationId: { S: orderId } },
      UpdateExpression: "SET orderId = :orderId, #state = :reserved, #lines = :lines ADD reservations :one",
      ExpressionAttributeNames: { "#state": "state", "#lines": "lines" },
      ExpressionAttributeValues: {
        ":orderId": { S: orderId },
        ":reserved": { S: "RESERVED" },
        ":lines": {
          L: lines.map(({ productId, quantity }) => ({
            M: { productId: { S: productId }, quantity: { N: String(quantity) } },
          })),
        },
        ":one": { N: "1" },
      },
    },
  };
  return [...stockChanges(tables.stock, lines, "-"), reservation];
}

/**
 * Why the stock refuses an order for good, from the error of `unit.transact`; undefined where sending it again may help.
 *
 * Another transaction at the same products is no refusal. Nor is a condition that failed where the record itself could not be
 * looked at: what it found short may be what an earlier send of this very run has taken. Such an error says `retryable`.
 */
export function refusalIn(error: unknown, lines: readonly StockLine[]): string | undefined {
  if (!hasCode(error, "IDEMPOTENCY_ITEM_REFUSED")) return undefined;
  const { retryable, cause } = error as { readonly retryable?: boolean; readonly cause?: unknown };
  return retryable === true ? undefined : shortageOf(lines, refusalsOf(cause));
}
