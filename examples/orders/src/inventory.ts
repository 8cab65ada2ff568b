import { type Call, wrap } from "holdfast";
import type { AwsTransport } from "holdfast/aws/dynamodb";
import { exponential, retry } from "holdfast/retry";
import type { Order } from "./order.ts";
import { OrderRefused } from "./order-refused.ts";
import { linesOf, refusalsOf, type StockLine, shortageOf, stockChanges } from "./stock.ts";

export interface Reservation {
  readonly reservationId: string;
  readonly lines: readonly StockLine[];
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

  const change = ({ lines }: Reservation, sign: "+" | "-") => stockChanges(tables.stock, lines, sign);

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
      const reason = shortageOf(reservation.lines, lines);
      if (reason === undefined) throw error;
      return refuse(order, reservation, reason, call);
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

function decided({ state, reason }: Known, reservation: Reservation): Reservation {
  if (state.S === "REFUSED") throw new OrderRefused("inventory", reason?.S ?? "refused");
  return reservation;
}
