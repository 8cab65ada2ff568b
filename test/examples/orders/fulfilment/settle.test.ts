import { rootCall } from "holdfast";
import { inspect, recordId } from "holdfast/idempotency/admin";
import { memoryStore } from "holdfast/idempotency/memory";
import { type CrashWorld, exploreCrashes, manualRuntime } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { orderPlaced } from "../../../../examples/orders/src/order.ts";
import type { FulfilmentStep } from "../../../../examples/orders/src/order-refused.ts";
import { idempotencyWith } from "../../../../src/cli/idempotency/index.ts";
import { runCommand } from "../../../cli/fake-io.ts";
import { foundBy } from "../../../testing/crash-explorer/found-by.ts";
import { environment, type FulfilOrder, type Lasting, orderStateItem, processOf } from "./on-one-machine.ts";
import { outside } from "./outside.ts";

const { modules } = await vi.hoisted(() => import("./on-one-machine.ts"));
vi.mock("holdfast/idempotency/dynamodb", () => modules.store);
vi.mock("holdfast/aws/dynamodb", () => modules.transport);
vi.mock("../../../../examples/orders/src/inventory.ts", () => modules.inventory);
vi.mock("../../../../examples/orders/src/payment-circuit.ts", () => modules.circuit);
vi.mock("../../../../examples/orders/src/ask.ts", () => modules.ask);

beforeAll(async () => {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  vi.stubEnv("PAYMENTS_HONOUR_KEYS", "false");
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  await orderPlaced.check({});
});
afterAll(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const orderId = "order-1001";

/** How often the operator has settled something, and as what. */
interface Settled {
  /** Whether they ask the provider first. */
  readonly asks: boolean;
  completed: number;
  released: number;
}

/**
 * What a person does about an order that has come to the dead-letter queue: looks whether a charge, a refund, or the taking
 * back itself, is left open; asks the provider what it has done; settles it; and puts the message back into the queue.
 */
async function operate(
  loaded: FulfilOrder,
  lasting: Lasting,
  nowMs: number,
  settled: Settled,
): Promise<void> {
  const { records: store, outside: systems } = lasting;
  const runtime = manualRuntime({ startMs: nowMs + 1_000_000 });
  const holdfast = async (args: readonly string[]): Promise<void> => {
    const ran = await runCommand(
      idempotencyWith(async () => ({ store })),
      args,
      { runtime },
    );
    expect(ran.exitCode, ran.err).toBe(0);
  };
  for (const [operation, what, result] of [
    ["charge-order", "charged", "chargeId"],
    ["refund-order", "refunded", "refundId"],
    ["fulfil-order", "", ""],
  ] as const) {
    const id = recordId({ operation, key: orderId });
    const seen = await inspect(store, id, rootCall({ runtime }));
    if (seen?.status !== "unknown" && seen?.status !== "abandoned") continue;
    const isDone = settled.asks && systems.log.some((line) => line.what === what);
    const as = isDone ? "completed" : "released";
    const answer = isDone ? ["--result", JSON.stringify({ [result]: "as the provider says" })] : [];
    await holdfast(["settle", "--operation", operation, "--key", orderId, "--as", as, ...answer, "--yes"]);
    settled[as] += 1;
  }
  const process = { runtime, watch: <T extends object>(_: string, target: T): T => target };
  await runtime.run(processOf(loaded, lasting, process)());
}

/** Whose provider honours no keys; three deliveries, as the queue has them, and then a person. */
function fulfilling(loaded: FulfilOrder, refuses: FulfilmentStep | undefined, settled: Settled) {
  return (clock: { now(): number }): CrashWorld => {
    const records = memoryStore();
    const lasting = {
      records,
      outside: outside({ honoursKeys: false, refuses }),
      state: orderStateItem(records),
    };
    return {
      start: (process) => processOf(loaded, lasting, process),
      async check() {
        for (let times = 0; times < 3 && lasting.state.end().startsWith("undefined"); times++) {
          await operate(loaded, lasting, clock.now(), settled).catch(() => {});
        }
        expect([lasting.state.end(), lasting.outside.done()]).toEqual(
          refuses === undefined
            ? ["FULFILLED shipping", "1 charged, 0 refunded, 1 reserved, 1 shipped"]
            : [`CANCELLED ${refuses}`, "1 charged, 1 refunded, 0 reserved, 0 shipped"],
        );
        expect(lasting.outside.repeatedKeys()).toEqual([]);
      },
    };
  };
}

describe("at a payment provider that honours no keys", () => {
  const maxFaults = Number(process.env["HOLDFAST_CRASH_FAULTS"] ?? 1);

  it.each<readonly [string, FulfilmentStep | undefined]>([
    ["an order is charged once", undefined],
    ["an order that nobody ships is charged and refunded once", "shipping"],
  ])(
    "%s, whatever await its run dies at, once somebody has settled what nobody knows",
    {
      timeout: 60_000 * maxFaults ** 2,
    },
    async (_, refuses) => {
      const loaded: FulfilOrder = await import("../../../../examples/orders/src/handlers/fulfil-order.ts");
      const settled = { asks: true, completed: 0, released: 0 };
      const report = await exploreCrashes(fulfilling(loaded, refuses, settled), {
        maxFaults,
        maxSchedules: 100_000,
        maxDeliveries: 3,
        mustSettle: false,
      });
      expect(report.isComplete).toBe(true);
      // Both kinds of finding have come up: a charge whose answer was lost, and one that was never sent.
      expect(settled.completed).toBeGreaterThan(0);
      expect(settled.released).toBeGreaterThan(0);
    },
  );

  it("an order is charged twice where somebody settles without asking: the control", async () => {
    const loaded: FulfilOrder = await import("../../../../examples/orders/src/handlers/fulfil-order.ts");
    const settled = { asks: false, completed: 0, released: 0 };
    const found = await foundBy(fulfilling(loaded, undefined, settled), {
      maxDeliveries: 3,
      mustSettle: false,
    });
    expect(found.schedule).toMatchObject([{ operation: "outside.charge" }]);
    expect(String(found.cause)).toContain("deeply equal");
  });
});
