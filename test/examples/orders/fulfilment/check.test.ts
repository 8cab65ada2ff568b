import { describe, expect, it } from "vitest";
import type { Item } from "../../../../examples/local/run/tables.ts";
import {
  type Fulfilled,
  fulfilledAgain,
  halfDone,
  repeatedKeys,
  wronglyEnded,
  wrongStock,
} from "../../../../examples/orders/scenario/check-fulfilment.ts";
import { type Effect, noEffects } from "../../../../examples/orders/scenario/effects.ts";
import { INITIAL_STOCK } from "../../../../examples/orders/scenario/stock.ts";
import { order } from "../fixtures.ts";

const items = [{ productId: "product-1", quantity: 3, price: 1 }];
const placed = {
  whole: order({ orderId: "whole", customerId: "customer-1", items }),
  declined: order({ orderId: "declined", customerId: "customer-4", items }),
  soldOut: order({ orderId: "soldOut", customerId: "customer-1", items }),
  unshipped: order({ orderId: "unshipped", customerId: "customer-7", items }),
};

/** Of a run that went well, to be spoiled. */
interface Left extends Fulfilled {
  readonly states: Map<string, Item>;
  readonly reservations: Map<string, Item>;
  readonly stock: Map<string, Item>;
}

const state = (status: string, step: string): Item => ({ status: { S: status }, step: { S: step } });
const effect = (orderId: string, what: string): Effect => ({ orderId, key: `${what} ${orderId}`, id: "1" });

function wentWell(): Left {
  const effects = noEffects();
  effects.charges.push(...["whole", "soldOut", "unshipped"].map((id) => effect(id, "charge")));
  effects.refunds.push(...["soldOut", "unshipped"].map((id) => effect(id, "refund")));
  effects.shipments.push(effect("whole", "ship"));
  return {
    accepted: Object.values(placed),
    states: new Map([
      ["whole", { ...state("FULFILLED", "shipping"), fulfilments: { N: "1" } }],
      ["declined", state("CANCELLED", "payment")],
      ["soldOut", state("CANCELLED", "inventory")],
      ["unshipped", state("CANCELLED", "shipping")],
    ]),
    reservations: new Map([
      ["r-1", { orderId: { S: "whole" }, state: { S: "RESERVED" } }],
      ["r-2", { orderId: { S: "soldOut" }, state: { S: "REFUSED" } }],
      ["r-3", { orderId: { S: "unshipped" }, state: { S: "RESTOCKED" }, restockedBy: { S: "back" } }],
    ]),
    stock: new Map(
      Array.from(INITIAL_STOCK, ([productId, quantity]) => [
        productId,
        { quantity: { N: String(productId === "product-1" ? quantity - 3 : quantity) } },
      ]),
    ),
    effects,
  };
}

/** The names of the checks that find something. */
function broken(left: Left): string[] {
  const found = {
    halfDone: halfDone(left),
    wronglyEnded: wronglyEnded(left),
    repeatedKeys: repeatedKeys(left),
    fulfilledAgain: fulfilledAgain(left),
    wrongStock: wrongStock(left),
  };
  return Object.entries(found).flatMap(([name, things]) => (things.length > 0 ? [name] : []));
}

describe("the checks of fulfilment", () => {
  it("find nothing in a run that went well", () => {
    expect(broken(wentWell())).toEqual([]);
  });

  it.each<readonly [string, readonly string[], (left: Left) => unknown]>([
    ["an order charged twice", ["halfDone"], ({ effects }) => effects.charges.push(effect("whole", "again"))],
    [
      "a key charged twice",
      ["halfDone", "repeatedKeys"],
      ({ effects }) => effects.charges.push(effect("whole", "charge")),
    ],
    ["an order that is not charged", ["halfDone"], ({ effects }) => effects.charges.shift()],
    [
      "a declined order charged",
      ["halfDone"],
      ({ effects }) => effects.charges.push(effect("declined", "c")),
    ],
    ["a cancelled order not refunded", ["halfDone"], ({ effects }) => effects.refunds.pop()],
    [
      "a refund made twice under one key",
      ["halfDone", "repeatedKeys"],
      ({ effects }) => effects.refunds.push(effect("soldOut", "refund")),
    ],
    [
      "a whole order refunded",
      ["halfDone"],
      ({ effects }) => effects.refunds.push(effect("whole", "refund")),
    ],
    ["a parcel sent twice", ["halfDone"], ({ effects }) => effects.shipments.push(effect("whole", "again"))],
    [
      "a cancelled order shipped",
      ["halfDone"],
      ({ effects }) => effects.shipments.push(effect("unshipped", "ship")),
    ],
    [
      "items that are still reserved for a cancelled order",
      ["halfDone"],
      ({ reservations }) =>
        reservations.set("r-3", { orderId: { S: "unshipped" }, state: { S: "RESERVED" } }),
    ],
    [
      "two reservations put back under one key",
      ["repeatedKeys"],
      ({ reservations }) => reservations.set("r-4", { restockedBy: { S: "back" } }),
    ],
    ["an order without an end", ["halfDone", "wronglyEnded"], ({ states }) => states.delete("declined")],
    [
      "an order cancelled for no reason of the systems outside",
      ["halfDone", "wronglyEnded", "wrongStock"],
      ({ states }) => states.set("whole", state("CANCELLED", "payment")),
    ],
    [
      "an order fulfilled twice by ADD",
      ["fulfilledAgain"],
      ({ states }) => states.set("whole", { ...state("FULFILLED", "shipping"), fulfilments: { N: "2" } }),
    ],
    [
      "a product taken twice",
      ["wrongStock"],
      ({ stock }) => stock.set("product-1", { quantity: { N: "9994" } }),
    ],
  ])("find %s", (_, checks, spoil) => {
    const left = wentWell();
    spoil(left);
    expect(broken(left)).toEqual(checks);
  });
});
