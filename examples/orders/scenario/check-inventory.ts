import { invariant } from "../../local/run/invariant.ts";
import type { Invariant } from "../../local/run/scenario.ts";
import type { Item } from "../../local/run/tables.ts";
import { linesOf } from "../src/stock.ts";
import { countedAgain, type LegLeft, reasonOf, reviewedAgain, triedAgain } from "./check-legs.ts";
import { MARKET_STOCK } from "./stock.ts";

/** What is left of the inventory of the marketplaces' orders. */
export interface InventoryLeft extends LegLeft {
  /** By reservation id, which is the order's. */
  readonly reservations: ReadonlyMap<string, Item>;
  /** By product id. */
  readonly stock: ReadonlyMap<string, Item>;
}

export function inventoryInvariants(left: InventoryLeft): readonly Invariant[] {
  return [
    invariant("every order is reserved, or before a person, and never both", neitherNor(left)),
    invariant("every order is reserved once by ADD", countedAgain(left.reservations, left, "reservations")),
    invariant("the stock is short of what was reserved, and of nothing else", wrongStock(left)),
    invariant("what is refused cannot be had, and says all of it", wronglyRefused(left)),
    invariant("every refused order is before a person once by ADD", reviewedAgain(left, "inventory")),
    invariant("a refusal is never tried again", triedAgain(left)),
  ];
}

export function neitherNor({ accepted, reservations, reviews }: InventoryLeft): string[] {
  return accepted.flatMap((order) => {
    const isReserved = reservations.has(order.orderId);
    const isRefused = reasonOf(reviews, "inventory", order) !== undefined;
    if (isReserved !== isRefused) return [];
    return [`${order.orderId} is ${isReserved ? "both" : "neither"}`];
  });
}

/** Products of which not exactly the reserved orders' quantities were taken. */
export function wrongStock({ accepted, reservations, stock }: InventoryLeft): string[] {
  const left = new Map(MARKET_STOCK);
  for (const order of accepted) {
    if (!reservations.has(order.orderId)) continue;
    for (const { productId, quantity } of linesOf(order))
      left.set(productId, (left.get(productId) ?? 0) - quantity);
  }
  return Array.from(left).flatMap(([productId, quantity]) => {
    const is = Number(stock.get(productId)?.["quantity"]?.N ?? 0);
    return is === quantity ? [] : [`${productId}: ${is} left instead of ${quantity}`];
  });
}

/**
 * Orders whose refusal leaves out a product that is not known, or says that one has run out of which there is still enough: the stock only
 * shrinks here, so that what was short then is short now.
 */
export function wronglyRefused({ accepted, reviews, stock }: InventoryLeft): string[] {
  return accepted.flatMap((order) => {
    const lines = linesOf(order);
    const said = reasonOf(reviews, "inventory", order)?.split("; ") ?? [];
    const unknown = lines.flatMap(({ productId }) =>
      MARKET_STOCK.has(productId) ? [] : [`${productId} is not known`],
    );
    const short = lines.flatMap(({ productId, quantity }) =>
      Number(stock.get(productId)?.["quantity"]?.N ?? 0) < quantity ? [`${productId} is out of stock`] : [],
    );
    const isTrue = said.every((reason) => unknown.includes(reason) || short.includes(reason));
    const isWhole = unknown.every((reason) => said.includes(reason));
    return isTrue && isWhole ? [] : [`${order.orderId}: ${said.join("; ") || "not refused"}`];
  });
}
