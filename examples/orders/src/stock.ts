import type { Order } from "./order.ts";

/** How much of one product. */
export interface StockLine {
  readonly productId: string;
  readonly quantity: number;
}

/** One line a product: a transaction takes no item twice, and what an order has in several lines is short as a whole. */
export function linesOf({ items }: Pick<Order, "items">): readonly StockLine[] {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of items)
    quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  return Array.from(quantities, ([productId, quantity]) => ({ productId, quantity }));
}

/** The actions of a transaction that takes all lines out of the stock, or none; or puts them back. */
export function stockChanges(
  tableName: string,
  lines: readonly StockLine[],
  sign: "+" | "-",
): readonly object[] {
  return lines.map(({ productId, quantity }) => ({
    Update: {
      TableName: tableName,
      Key: { productId: { S: productId } },
      UpdateExpression: `SET quantity = quantity ${sign} :quantity`,
      ConditionExpression: sign === "-" ? "quantity >= :quantity" : "attribute_exists(productId)",
      ExpressionAttributeValues: { ":quantity": { N: String(quantity) } },
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    },
  }));
}

/** Why one action of a cancelled transaction failed. */
interface Reason {
  readonly Code?: string;
  readonly Item?: object;
}

/** For each action of a cancelled transaction whose condition failed the item as it is, or `{}` where there is none. */
export function refusalsOf(cancelled: unknown): readonly (object | undefined)[] {
  const { CancellationReasons = [] } = Object(cancelled) as {
    readonly CancellationReasons?: readonly Reason[];
  };
  return CancellationReasons.map(({ Code, Item }) =>
    Code === "ConditionalCheckFailed" ? (Item ?? {}) : undefined,
  );
}

/** What the stock refused, in words: `lamp is out of stock; sofa is not known`. Undefined when it refused none of the lines. */
export function shortageOf(
  lines: readonly StockLine[],
  refusals: readonly (object | undefined)[],
): string | undefined {
  const reasons = lines.flatMap(({ productId }, index) => {
    const item = refusals[index];
    if (item === undefined) return [];
    return [`${productId} is ${Object.keys(item).length > 0 ? "out of stock" : "not known"}`];
  });
  return reasons.length === 0 ? undefined : reasons.join("; ");
}
