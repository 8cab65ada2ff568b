import { rootCall } from "holdfast";
import { idempotent } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { type CrashSchedule, type CrashWorld, exploreCrashes } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { orderPlaced } from "../../../../examples/orders/src/order.ts";
import type { FulfilmentStep } from "../../../../examples/orders/src/order-refused.ts";
import { foundBy } from "../../../testing/crash-explorer/found-by.ts";
import { environment, type FulfilOrder, orderStateItem, processOf } from "./on-one-machine.ts";
import { type OutsideOptions, outside } from "./outside.ts";

const { modules } = await vi.hoisted(() => import("./on-one-machine.ts"));
vi.mock("holdfast/idempotency/dynamodb", () => modules.store);
vi.mock("holdfast/aws/dynamodb", () => modules.transport);
vi.mock("../../../../examples/orders/src/inventory.ts", () => modules.inventory);
vi.mock("../../../../examples/orders/src/payment-circuit.ts", () => modules.circuit);
vi.mock("../../../../examples/orders/src/ask.ts", () => modules.ask);

beforeAll(async () => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  // Loads ajv, which takes real time.
  await orderPlaced.check({});
});
afterAll(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** How an order must end that is refused by one of them, and what must have been done for it. */
const ENDS: Readonly<Record<FulfilmentStep | "nobody", readonly [end: string, done: string]>> = {
  nobody: ["FULFILLED shipping", "1 charged, 0 refunded, 1 reserved, 1 shipped"],
  payment: ["CANCELLED payment", "0 charged, 0 refunded, 0 reserved, 0 shipped"],
  inventory: ["CANCELLED inventory", "1 charged, 1 refunded, 0 reserved, 0 shipped"],
  shipping: ["CANCELLED shipping", "1 charged, 1 refunded, 0 reserved, 0 shipped"],
};

type Options = OutsideOptions & { readonly refuses?: FulfilmentStep | undefined };

function fulfilling(loaded: FulfilOrder, options: Options = {}): () => CrashWorld {
  return () => {
    const records = memoryStore();
    const lasting = { records, outside: outside(options), state: orderStateItem(records) };
    return {
      start: (process) => processOf(loaded, lasting, process),
      check() {
        const [end, done] = ENDS[options.refuses ?? "nobody"];
        expect(lasting.outside.done()).toBe(done);
        expect(lasting.state.end()).toBe(end);
        expect(lasting.outside.repeatedKeys()).toEqual([]);
        expect(records.applied).toHaveLength(end === "FULFILLED shipping" ? 1 : 0);
      },
    };
  };
}

const load = (): Promise<FulfilOrder> => import("../../../../examples/orders/src/handlers/fulfil-order.ts");

/** Two faults are 40,000 schedules, and a minute and a half: HOLDFAST_CRASH_FAULTS=2 asks for them. */
const maxFaults = Number(process.env["HOLDFAST_CRASH_FAULTS"] ?? 1);
const BEGINS = ["store.claim", "dynamodb.call", "outside.charge", "store.write"];
const RESERVES = [...BEGINS, "inventory.reserve"];
/** Its failure is recorded, then the charge is taken back, and that it was; then the failure is remembered. */
const REFUNDS = ["outside.refund", "store.write", "store.write", "dynamodb.call"];

describe("fulfil-order, whatever await it dies, loses a reply or sleeps at", {
  timeout: 60_000 * maxFaults ** 2,
}, () => {
  it.each<readonly [string, FulfilmentStep | undefined, number, readonly string[]]>([
    [
      "charges, reserves and ships an order once",
      undefined,
      92,
      [...RESERVES, "store.write", "outside.ship", "store.write", "store.transact"],
    ],
    ["takes nothing for one that is declined", "payment", 50, [...BEGINS, "dynamodb.call"]],
    ["refunds one that is out of stock once", "inventory", 102, [...RESERVES, "store.write", ...REFUNDS]],
    [
      "puts back and refunds one that nobody ships, each once",
      "shipping",
      142,
      [
        ...RESERVES,
        "store.write",
        "outside.ship",
        "store.write",
        "inventory.restock",
        "store.write",
        ...REFUNDS,
      ],
    ],
  ])("%s", async (_, refuses, schedules, awaits) => {
    const report = await exploreCrashes(fulfilling(await load(), { refuses }), {
      maxFaults,
      maxSchedules: 100_000,
    });
    expect(report).toMatchObject({ isComplete: true, awaits });
    expect(report.schedules).toBeGreaterThanOrEqual(schedules);
  });
});

describe("the controls", () => {
  it("a provider that honours no keys is asked again for what was not answered, and charges twice", async () => {
    const found = await foundBy(fulfilling(await load(), { honoursKeys: false }));
    expect(found.schedule).toEqual([
      { delivery: 1, await: 3, operation: "outside.charge", do: "lose-reply" },
    ]);
  });

  it("without protection two runs side by side fulfil the order twice", async () => {
    vi.stubEnv("HOLDFAST_DISABLE", "idempotency");
    vi.spyOn(console, "error").mockReturnValue();
    // Another copy of the module alone, which reads the switch when it is loaded.
    const again = "../../../../examples/orders/src/handlers/fulfil-order.ts?unprotected";
    const loaded: FulfilOrder = await import(again);
    vi.stubEnv("HOLDFAST_DISABLE", "");
    const found = await foundBy(fulfilling(loaded));
    // Both have read that the order has not ended: get, then put.
    expect(found.schedule).toMatchObject([{ operation: "dynamodb.call", do: "sleep-after" }]);
    expect(String(found.cause)).toContain("length");
  });

  it("without steps a crash after the charge charges again, which steps do not, whoever honours keys", async () => {
    const afterCharge: CrashSchedule = [
      { delivery: 1, await: 5, operation: "inventory.reserve", do: "stop-before" },
    ];
    const withSteps = fulfilling(await load(), { honoursKeys: false });
    await expect(exploreCrashes(withSteps, { schedule: afterCharge })).resolves.toBeDefined();

    const withoutSteps = (): CrashWorld => {
      const records = memoryStore();
      const { systems, inventory, done } = outside({ honoursKeys: false });
      return {
        start({ runtime, watch }) {
          const { charge, ship } = watch("outside", systems);
          const { reserve } = watch("inventory", inventory);
          const run = idempotent(
            async (_: object, call) => {
              const own = { idempotencyKey: call.unit.id };
              await charge({ step: "payment", url: new URL("http://a"), body: {}, ...own }, call);
              await reserve({ orderId: "o", items: [], ...own }, call);
              await ship({ step: "shipping", url: new URL("http://a"), body: {}, ...own }, call);
            },
            { store: watch("store", records), operation: "fulfil", key: () => "o" },
          );
          return () => run({}, rootCall({ runtime, timeoutMs: 10_000 }));
        },
        check: () => expect(done()).toBe(ENDS.nobody[1]),
      };
    };
    const before = afterCharge.map((fault) => ({ ...fault, await: 3 }));
    const found = await foundBy(withoutSteps, { schedule: before });
    expect(String(found.cause)).toContain("2 charged");
  });
});
