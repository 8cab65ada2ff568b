import { memoryStore } from "holdfast/idempotency/memory";
import { type CrashWorld, exploreCrashes } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import event from "../../../../examples/orders/events/pay-order.json" with { type: "json" };
import { orderCreated } from "../../../../examples/orders/src/order.ts";
import { foundBy } from "../../../testing/crash-explorer/found-by.ts";
import { environment, orderStateItem, type PayOrder, processOf } from "../fulfilment/on-one-machine.ts";
import { type OutsideOptions, outside } from "../fulfilment/outside.ts";

const { modules } = await vi.hoisted(() => import("../fulfilment/on-one-machine.ts"));
vi.mock("holdfast/idempotency/dynamodb", () => modules.store);
vi.mock("holdfast/aws/dynamodb", () => modules.transport);
vi.mock("../../../../examples/orders/src/payment-circuit.ts", () => modules.circuit);
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

const load = (): Promise<PayOrder> => import("../../../../examples/orders/src/handlers/pay-order.ts");

function paying(loaded: PayOrder, options: OutsideOptions = {}): () => CrashWorld {
  return () => {
    const records = memoryStore();
    const systems = outside(options);
    const state = orderStateItem(records, ["PAID", "posting"]);
    return {
      start: (process) => processOf(loaded, { records, outside: systems, state }, process, event),
      check() {
        const done = systems.log.map(({ what }) => what);
        const refused = options.refuses === "payment";
        expect([state.end(), ...done]).toEqual(
          refused ? ["CANCELLED payment"] : ["PAID posting", "charged", "posted"],
        );
        expect(systems.repeatedKeys()).toEqual([]);
        expect(records.applied).toHaveLength(refused ? 0 : 1);
      },
    };
  };
}

/** Two faults are asked for by HOLDFAST_CRASH_FAULTS=2. */
const maxFaults = Number(process.env["HOLDFAST_CRASH_FAULTS"] ?? 1);
const BEGINS = ["store.claim", "dynamodb.call", "outside.charge"];

describe("pay-order, whatever await it dies, loses a reply or sleeps at", {
  timeout: 60_000 * maxFaults ** 2,
}, () => {
  it.each<readonly [string, OutsideOptions, readonly string[]]>([
    [
      "charges an order once and posts its payment once",
      {},
      [...BEGINS, "store.write", "outside.post", "store.write", "store.transact"],
    ],
    [
      "takes nothing for one that is declined",
      { refuses: "payment" },
      [...BEGINS, "store.write", "dynamodb.call"],
    ],
  ])("%s", async (_, options, awaits) => {
    const report = await exploreCrashes(paying(await load(), options), { maxFaults, maxSchedules: 100_000 });
    expect(report).toMatchObject({ isComplete: true, awaits });
    expect(report.schedules).toBeGreaterThanOrEqual(40);
  });

  it("the control: a provider that honours no keys charges twice what was not answered", async () => {
    const found = await foundBy(paying(await load(), { honoursKeys: false }));
    expect(found.schedule).toMatchObject([{ operation: "outside.charge", do: "lose-reply" }]);
  });
});
