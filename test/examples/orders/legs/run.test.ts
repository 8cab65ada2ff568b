import { describe, expect, it, vi } from "vitest";
import { orderFaults } from "../../../../examples/orders/scenario/faults.ts";
import { orders } from "../../../../examples/orders/scenario/index.ts";
import { brokenNames, runScenario } from "../../run/scenario-run.ts";

/** A run builds its functions and waits for redeliveries; others may run beside it. */
vi.setConfig({ testTimeout: 240_000 });

const LEGS = ["ReserveStockFunction", "NotifyCustomerFunction"];

/** Everything comes twice to inventory and notification, and one first delivery in five dies. */
async function brokenIn(without: readonly string[]): Promise<readonly string[]> {
  const scenario = {
    ...orders(2, 1, { orders: 200, outageMs: 2_000 }),
    faults: {
      ...orderFaults,
      deliveries: LEGS.map((name) => ({ do: "duplicate", function: name }) as const),
      invocations: LEGS.flatMap((name) => [
        { do: "kill", function: name, at: "before-answer", nth: 2 } as const,
        { do: "kill", function: name, at: "before-answer", chance: 0.1 } as const,
        { do: "kill", function: name, at: { withinMs: 20 }, chance: 0.1 } as const,
      ]),
    },
  };
  return brokenNames(await runScenario(scenario, without));
}

describe("a run of marketplaces' orders of which all comes twice", () => {
  it("reserves, tells of and refuses every order once, though functions die at random moments", async () => {
    expect(await brokenIn([])).toEqual([]);
  });

  it("does all of it twice without idempotency: the control", async () => {
    expect(await brokenIn(["idempotency"])).toEqual(
      expect.arrayContaining([
        "O3 inventory: every order is reserved once by ADD",
        "O3 inventory: the stock is short of what was reserved, and of nothing else",
        "O3 inventory: every refused order is before a person once by ADD",
        "O3 notification: every order is notified once by ADD",
        "O3 notification: every refused order is before a person once by ADD",
      ]),
    );
  });
});
