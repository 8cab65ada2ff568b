import { type CrashWorld, exploreCrashes } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import notifyEvent from "../../../../examples/orders/events/notify-customer.json" with { type: "json" };
import reserveEvent from "../../../../examples/orders/events/reserve-stock.json" with { type: "json" };
import { orderCreated } from "../../../../examples/orders/src/order.ts";
import { foundBy } from "../../../testing/crash-explorer/found-by.ts";
import {
  environment,
  type NotifyCustomer,
  orderStateItem,
  processOf,
  type ReserveStock,
} from "../fulfilment/on-one-machine.ts";
import { type OutsideOptions, outside } from "../fulfilment/outside.ts";
import { stockedStore } from "./stocked-store.ts";

const { modules } = await vi.hoisted(() => import("../fulfilment/on-one-machine.ts"));
vi.mock("holdfast/idempotency/dynamodb", () => modules.store);
vi.mock("holdfast/aws/dynamodb", () => modules.transport);
vi.mock("../../../../examples/orders/src/ask.ts", () => modules.ask);

beforeAll(async () => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  // Loads ajv, which takes real time.
  await orderCreated.check({});
});
afterAll(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Two faults are asked for by HOLDFAST_CRASH_FAULTS=2. */
const maxFaults = Number(process.env["HOLDFAST_CRASH_FAULTS"] ?? 2);
const ORDER = "market-2001";

const loadReserve = (): Promise<ReserveStock> =>
  import("../../../../examples/orders/src/handlers/reserve-stock.ts");
const loadNotify = (): Promise<NotifyCustomer> =>
  import("../../../../examples/orders/src/handlers/notify-customer.ts");

/** Its own copy of a module alone, which reads the switch when it is loaded. */
async function unprotected<T>(path: string): Promise<T> {
  vi.stubEnv("HOLDFAST_DISABLE", "idempotency");
  vi.spyOn(console, "error").mockReturnValue();
  const loaded: T = await import(`${path}?unprotected`);
  vi.stubEnv("HOLDFAST_DISABLE", "");
  return loaded;
}

/** The order of the example event: two lamps, four bulbs. */
function reserving(loaded: ReserveStock, bulbs: number): () => CrashWorld {
  return () => {
    const records = stockedStore({ lamp: 10, bulb: bulbs });
    const lasting = { records, outside: outside(), state: orderStateItem(records) };
    return {
      start: (process) => processOf(loaded, lasting, process, reserveEvent),
      check() {
        const isEnough = bulbs >= 4;
        expect(Object.fromEntries(records.stock)).toEqual(
          isEnough ? { lamp: 8, bulb: bulbs - 4 } : { lamp: 10, bulb: bulbs },
        );
        expect(Array.from(records.written)).toEqual([
          [isEnough ? `Reservations ${ORDER}` : `Reviews inventory/${ORDER}`, 1],
        ]);
      },
    };
  };
}

function notifying(loaded: NotifyCustomer, options: OutsideOptions = {}): () => CrashWorld {
  return () => {
    const records = stockedStore({});
    const lasting = { records, outside: outside(options), state: orderStateItem(records) };
    return {
      start: (process) => processOf(loaded, lasting, process, notifyEvent),
      check() {
        const isRefused = options.refuses === "notification";
        expect(lasting.outside.log.map(({ what }) => what)).toEqual(isRefused ? [] : ["notified"]);
        expect(Array.from(records.written)).toEqual([
          [isRefused ? `Reviews notification/${ORDER}` : `Notifications ${ORDER}`, 1],
        ]);
      },
    };
  };
}

describe("reserve-stock, whatever await it dies, loses a reply or sleeps at", {
  timeout: 60_000 * maxFaults,
}, () => {
  it.each([
    ["takes the items of an order once", 10, ["store.claim", "store.transact"]],
    [
      "takes nothing of one that cannot be had, and puts it before a person once",
      3,
      ["store.claim", "store.transact", "store.transact"],
    ],
  ])("%s", async (_, bulbs, awaits) => {
    const report = await exploreCrashes(reserving(await loadReserve(), bulbs), { maxFaults });
    expect(report).toMatchObject({ isComplete: true, awaits });
    expect(report.schedules).toBeGreaterThanOrEqual(20);
  });

  it("takes them twice when the protection is switched off: the control", async () => {
    const loaded = await unprotected<ReserveStock>(
      "../../../../examples/orders/src/handlers/reserve-stock.ts",
    );
    const found = await foundBy(reserving(loaded, 10));
    expect(found.schedule).toMatchObject([{ operation: "store.transact", do: "stop-after" }]);
  });
});

describe("notify-customer, whatever await it dies, loses a reply or sleeps at", {
  timeout: 60_000 * maxFaults,
}, () => {
  it.each<readonly [string, OutsideOptions]>([
    ["tells a customer once", {}],
    [
      "tells nobody who cannot be written to, and puts the order before a person once",
      { refuses: "notification" },
    ],
  ])("%s", async (_, options) => {
    const report = await exploreCrashes(notifying(await loadNotify(), options), { maxFaults });
    expect(report).toMatchObject({
      isComplete: true,
      awaits: ["store.claim", "outside.notify", "store.transact"],
    });
    expect(report.schedules).toBeGreaterThanOrEqual(30);
  });

  it("the control: one that honours no keys writes again when who asked has died", async () => {
    const found = await foundBy(notifying(await loadNotify(), { honoursKeys: false }));
    expect(found.schedule).toMatchObject([{ operation: "outside.notify", do: "stop-after" }]);
  });

  it("records it twice when the protection is switched off: the control", async () => {
    const loaded = await unprotected<NotifyCustomer>(
      "../../../../examples/orders/src/handlers/notify-customer.ts",
    );
    const found = await foundBy(notifying(loaded));
    expect(found.schedule).toMatchObject([{ operation: "store.transact", do: "stop-after" }]);
  });
});
