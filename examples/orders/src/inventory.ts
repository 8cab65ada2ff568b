import { type Call, wrap } from "holdfast";
import type { AwsTransport } from "holdfast/aws/dynamodb";
import { exponential, retry } from "holdfast/retry";
import type { Order } from "./order.ts";
import { OrderRefused } from "./order-refused.ts";

export interface Reservation {
  readonly reservationId: string;
  /** How much of each product: one line a product. */
  readonly lines: readonly { readonly productId: string; readonly quantity: number }[];
}

export interface Inventory {
  /** Takes all items of an order out of the stock, or none. */
  reserve(order: Pick<Order, "orderId" | "items"> & Keyed, call: Call): Promise<Reservation>;
  /** Puts a reservation's items back. */
  restock(reservation: Reservation & Keyed, call: Call): Promise<void>;
}

interface Keyed {
  readonly idempotencyKey: string;
}

/** What is known of a key that was used before. */
interface Known {
  readonly state: { readonly S: "RESERVED" | "RESTOCKED" | "REFUSED" };
  readonly reason?: { readonly S: string };
}

/** Why one action of a cancelled transaction failed. */
interface Reason {
  readonly Code?: string;
  readonly Item?: object;
}

/**
 * The stock in DynamoDB. The answer belongs to the key for ever, also when it is a no: a request that wakes late finds what
 * was decided meanwhile. A transaction's own ClientRequestToken is only good for ten minutes.
 */
export function inventoryIn(
  transport: AwsTransport,
  tables: { readonly stock: string; readonly reservations: string },
): Inventory {
  // Others may be at the same products.
  const again = retry({ maxAttempts: 5, backoff: exponential({ initialDelayMs: 20, maxDelayMs: 300 }) });
  const transact = (TransactItems: readonly object[], call: Call) =>
    transport.call("TransactWriteItems", { TransactItems }, call);

  function change(reservation: Reservation, sign: "+" | "-"): readonly object[] {
    return reservation.lines.map(({ productId, quantity }) => ({
      Update: {
        TableName: tables.stock,
        Key: { productId: { S: productId } },
        UpdateExpression: `SET quantity = quantity ${sign} :quantity`,
        ConditionExpression: sign === "-" ? "quantity >= :quantity" : "attribute_exists(productId)",
        ExpressionAttributeValues: { ":quantity": { N: String(quantity) } },
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      },
    }));
  }

  /** A decision about a key, which stands if there is none before it. */
  function decision({ orderId, idempotencyKey }: { orderId: string } & Keyed, known: Known) {
    return {
      TableName: tables.reservations,
      Item: { reservationId: { S: idempotencyKey }, orderId: { S: orderId }, ...known },
      ConditionExpression: "attribute_not_exists(reservationId)",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    };
  }

  const reserve: Inventory["reserve"] = async (order, call) => {
    const reservation = { reservationId: order.idempotencyKey, lines: linesOf(order) };
    const put = { Put: decision(order, { state: { S: "RESERVED" } }) };
    try {
      await transact([put, ...change(reservation, "-")], call);
      return reservation;
    } catch (error) {
      const [before, ...lines] = refusalsOf(error);
      if (before !== undefined) return decided(before as Known, reservation);
      const refused = lines.findIndex((item) => item !== undefined);
      const { productId } = reservation.lines[refused] ?? {};
      if (productId === undefined) throw error;
      const isKnown = Object.keys(lines[refused] ?? {}).length > 0;
      return refuse(order, reservation, `${productId} is ${isKnown ? "out of stock" : "not known"}`, call);
    }
  };

  async function refuse(
    order: { orderId: string } & Keyed,
    reservation: Reservation,
    reason: string,
    call: Call,
  ) {
    const refused: Known = { state: { S: "REFUSED" }, reason: { S: reason } };
    try {
      await transport.call("PutItem", decision(order, refused), call);
    } catch (error) {
      const { Item, name } = error as { readonly Item?: object; readonly name?: unknown };
      // Decided by another run of the same order, in the meantime.
      if (name === "ConditionalCheckFailedException" && Item !== undefined)
        return decided(Item as Known, reservation);
      throw error;
    }
    return decided(refused, reservation);
  }

  const restock: Inventory["restock"] = async ({ idempotencyKey, ...reservation }, call) => {
    const back = {
      Update: {
        TableName: tables.reservations,
        Key: { reservationId: { S: reservation.reservationId } },
        UpdateExpression: "SET #state = :restocked, restockedBy = :key",
        ConditionExpression: "#state = :reserved",
        ExpressionAttributeNames: { "#state": "state" },
        ExpressionAttributeValues: {
          ":restocked": { S: "RESTOCKED" },
          ":reserved": { S: "RESERVED" },
          ":key": { S: idempotencyKey },
        },
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      },
    };
    try {
      await transact([back, ...change(reservation, "+")], call);
    } catch (error) {
      const [before] = refusalsOf(error);
      if ((before as Known | undefined)?.state?.S !== "RESTOCKED") throw error;
    }
  };

  return { reserve: wrap(reserve, again), restock: wrap(restock, again) };
}

function linesOf({ items }: Pick<Order, "items">): Reservation["lines"] {
  const quantities = new Map<string, number>();
  for (const { productId, quantity } of items)
    quantities.set(productId, (quantities.get(productId) ?? 0) + quantity);
  return Array.from(quantities, ([productId, quantity]) => ({ productId, quantity }));
}

function decided({ state, reason }: Known, reservation: Reservation): Reservation {
  if (state.S === "REFUSED") throw new OrderRefused("inventory", reason?.S ?? "refused");
  return reservation;
}

/** For each action of a cancelled transaction whose condition failed the item as it is, or `{}` where there is none. */
function refusalsOf(error: unknown): readonly (object | undefined)[] {
  const { CancellationReasons = [] } = error as { readonly CancellationReasons?: readonly Reason[] };
  return CancellationReasons.map(({ Code, Item }) =>
    Code === "ConditionalCheckFailed" ? (Item ?? {}) : undefined,
  );
}
