import { BatchWriteItemCommand, type DynamoDBClient } from "@aws-sdk/client-dynamodb";
import type { Stack } from "../../local/template/stack.ts";

/** What lies in the stock before the first order: some products run out, and two are not sold any more. */
export const INITIAL_STOCK: ReadonlyMap<string, number> = new Map(
  Array.from({ length: 48 }, (_, number) => [`product-${number}`, number % 12 === 5 ? 15 : 10_000]),
);

/** What marketplaces sell of ours: one product runs out, and one of fifty is not sold any more. */
export const MARKET_STOCK: ReadonlyMap<string, number> = new Map(
  Array.from({ length: 49 }, (_, number) => [`goods-${number}`, number === 5 ? 15 : 100_000]),
);

/** Fills the stack's table before anything is ordered. */
export async function fillStock(client: DynamoDBClient, stack: Stack): Promise<void> {
  const name = stack.tables.find(({ logicalId }) => logicalId === "StockTable")?.name;
  if (name === undefined) throw new Error(`${stack.file} has no table StockTable`);
  const puts = Array.from([...INITIAL_STOCK, ...MARKET_STOCK], ([productId, quantity]) => ({
    PutRequest: { Item: { productId: { S: productId }, quantity: { N: String(quantity) } } },
  }));
  for (let from = 0; from < puts.length; from += 25) {
    await client.send(new BatchWriteItemCommand({ RequestItems: { [name]: puts.slice(from, from + 25) } }));
  }
}
