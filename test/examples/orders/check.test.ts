import { describe, expect, it } from "vitest";
import { invariant } from "../../../examples/local/run/invariant.ts";
import type { Item } from "../../../examples/local/run/tables.ts";
import {
  differentlyAnswered,
  expectedOrder,
  notAccepted,
  otherBytes,
  rewritten,
  wronglyCounted,
  wronglyRejected,
  wronglyStored,
} from "../../../examples/orders/scenario/check.ts";
import type { Fed } from "../../../examples/orders/scenario/feed.ts";
import { orderItem } from "../../../examples/orders/src/items.ts";
import type { Order } from "../../../examples/orders/src/order.ts";
import { accepted, fedBad, fedOrder, order, orderOf, stored, tableOf, totalsOf } from "./fixtures.ts";

const orders = [
  order(),
  orderOf(40_00, { orderId: "order-2" }),
  orderOf(500_00, { orderId: "order-3", timestamp: "2026-11-04T00:00:00.000Z" }),
];
const bad = { status: 400, body: JSON.stringify({ problems: [{ field: "/total", message: "wrong" }] }) };

/** A run that went well, and how many ways its checks find it not to have. */
interface Outcome {
  readonly fed: Fed[];
  readonly stored: Map<string, Item>;
  readonly totals: Map<string, Item>;
  readonly writes: string[];
}

function wentWell(): Outcome {
  return {
    fed: [...orders.map((one) => fedOrder(one, [accepted(one), accepted(one)])), fedBad(["/total"], [bad])],
    stored: tableOf(orders),
    totals: totalsOf(orders),
    writes: [batchWrite(orders), batchWrite(orders.slice(1))],
  };
}

function batchWrite(placed: readonly Order[], change: Item = {}): string {
  const requests = placed.map((one) => ({
    PutRequest: { Item: { ...orderItem(expectedOrder(one)), ...change } },
  }));
  return JSON.stringify({ RequestItems: { "orders-BulkOrdersTable": requests } });
}

/** The names of the checks that find something. */
function broken({ fed, stored, totals, writes }: Outcome): string[] {
  const found = {
    notAccepted: notAccepted(fed),
    wronglyRejected: wronglyRejected(fed),
    differentlyAnswered: differentlyAnswered(fed),
    wronglyStored: wronglyStored(orders, stored),
    otherBytes: otherBytes(orders, stored),
    wronglyCounted: wronglyCounted(orders, totals),
    rewritten: rewritten(writes),
  };
  return Object.entries(found).flatMap(([name, things]) => (things.length > 0 ? [name] : []));
}

describe("the checks of a run", () => {
  it("find nothing in one that went well", () => {
    expect(broken(wentWell())).toEqual([]);
  });

  const mutations: readonly (readonly [string, string, (outcome: Outcome) => void])[] = [
    ["a good order refused", "notAccepted", ({ fed }) => fed.splice(0, 1, fedOrder(order(), [bad]))],
    [
      "a good order given up with 503",
      "notAccepted",
      ({ fed }) => fed.splice(0, 1, fedOrder(order(), [{ status: 503, body: "{}" }])),
    ],
    [
      "a bad request accepted",
      "wronglyRejected",
      ({ fed }) => fed.push(fedBad(["/total"], [accepted(order())])),
    ],
    [
      "a bad request answered 400 without its field",
      "wronglyRejected",
      ({ fed }) => fed.push(fedBad(["/items"], [bad])),
    ],
    [
      "a bad request answered with what is no JSON",
      "wronglyRejected",
      ({ fed }) => fed.push(fedBad(["/items"], [{ status: 400, body: "Bad Request" }])),
    ],
    [
      "a repeat answered otherwise than its first",
      "differentlyAnswered",
      ({ fed }) =>
        fed.push(fedOrder(order(), [accepted(order()), { status: 202, body: "already processed" }])),
    ],
    ["an order missing", "wronglyStored", ({ stored: table }) => table.delete("order-2")],
    ["an order stored that nobody placed", "wronglyStored", ({ stored: table }) => table.set("order-9", {})],
    [
      "an order stored with another discount",
      "otherBytes",
      ({ stored: table }) => table.set("order-1", { ...orderItem(stored()), discount: { N: "0" } }),
    ],
    [
      "an order stored with the time of its processing",
      "otherBytes",
      ({ stored: table }) =>
        table.set("order-1", { ...orderItem(stored()), processedAt: { S: "2026-11-03T10:00:00Z" } }),
    ],
    [
      "an order counted twice",
      "wronglyCounted",
      ({ totals }) =>
        totals.set("2026-11-03", {
          orders: { N: "3" },
          payable: totals.get("2026-11-03")?.["payable"] ?? { N: "0" },
        }),
    ],
    [
      "an order's money counted twice",
      "wronglyCounted",
      ({ totals }) => totals.set("2026-11-04", { orders: { N: "1" }, payable: { N: String(2 * 450_00) } }),
    ],
    ["an order not counted", "wronglyCounted", ({ totals }) => totals.delete("2026-11-04")],
    [
      "an order counted on a day of its own",
      "wronglyCounted",
      ({ totals }) => totals.set("2026-11-09", { orders: { N: "1" }, payable: { N: "1" } }),
    ],
    [
      "an order written again with other bytes",
      "rewritten",
      ({ writes }) => writes.push(batchWrite(orders.slice(0, 1), { processedAt: { S: "later" } })),
    ],
  ];

  it.each(mutations)("find %s, and nothing else", (_, check, mutate) => {
    const outcome = wentWell();
    mutate(outcome);
    expect(broken(outcome)).toEqual([check]);
  });
});

describe("an invariant", () => {
  it("holds when nothing breaks it", () => {
    expect(invariant("rule", [])).toEqual({ name: "rule", held: true });
  });

  it("says up to three of the things that break it, and how many more there are", () => {
    expect(invariant("rule", ["a", "b", "c"]).detail).toBe("a; b; c");
    expect(invariant("rule", ["a", "b", "c", "d", "e"])).toEqual({
      name: "rule",
      held: false,
      detail: "a; b; c; and 2 more",
    });
  });
});
