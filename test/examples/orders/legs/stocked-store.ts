import { hasCode } from "holdfast";
import { IdempotencyItemRefusedError } from "holdfast/idempotency";
import { type MemoryStore, memoryStore } from "holdfast/idempotency/memory";

/** A store in memory that applies DynamoDB's actions: changes of a stock, which it may refuse, and what counts by ADD. */
export interface StockedStore extends MemoryStore {
  /** How much is left of each product. */
  readonly stock: ReadonlyMap<string, number>;
  /** How often each item was written, by table and key: `Reviews inventory/order-1`. Nothing here is idempotent by itself. */
  readonly written: ReadonlyMap<string, number>;
}

interface Update {
  readonly TableName: string;
  readonly Key: Readonly<Record<string, { readonly S: string }>>;
  readonly ExpressionAttributeValues: Readonly<Record<string, { readonly N?: string }>>;
}

export function stockedStore(initial: Readonly<Record<string, number>>): StockedStore {
  const memory = memoryStore();
  const stock = new Map(Object.entries(initial));
  const written = new Map<string, number>();

  /** The item as a condition that fails shows it; undefined where it holds. */
  function refusal(update: Update): object | undefined {
    if (update.TableName !== "Stock") return undefined;
    const left = stock.get(keyOf(update));
    if (left !== undefined && left >= quantityOf(update)) return undefined;
    return left === undefined ? {} : { quantity: { N: String(left) } };
  }

  /** Does it, and returns how to undo it. */
  function apply(update: Update): () => void {
    const isStock = update.TableName === "Stock";
    const [map, key, by] = isStock
      ? [stock, keyOf(update), -quantityOf(update)]
      : [written, `${update.TableName} ${keyOf(update)}`, 1];
    if (isStock && refusal(update) !== undefined) throw new Error("the condition failed");
    map.set(key, (map.get(key) ?? 0) + by);
    return () => map.set(key, (map.get(key) ?? 0) - by);
  }

  return {
    ...memory,
    stock,
    written,
    async transact(items, ending, call) {
      const updates = items.map((item) => (item as { readonly Update: Update }).Update);
      const reasons = updates.map((update) => {
        const Item = refusal(update);
        return Item === undefined ? { Code: "None" } : { Code: "ConditionalCheckFailed", Item };
      });
      try {
        return await memory.transact(
          updates.map((update) => () => apply(update)),
          ending,
          call,
        );
      } catch (error) {
        if (!hasCode(error, "IDEMPOTENCY_ITEM_REFUSED")) throw error;
        const refused = reasons.flatMap(({ Code }, index) =>
          Code === "None" ? [] : [{ index, code: Code }],
        );
        const cause = Object.assign(new Error("cancelled"), { CancellationReasons: reasons });
        throw new IdempotencyItemRefusedError(refused, "The stock is short.", { cause });
      }
    },
  };
}

function keyOf({ Key }: Update): string {
  return Object.values(Key)[0]?.S ?? "";
}

function quantityOf({ ExpressionAttributeValues }: Update): number {
  return Number(ExpressionAttributeValues[":quantity"]?.N);
}
