import { describe, expect, it, vi } from "vitest";
import type { AppReport } from "../../../../examples/local/run/report.ts";
import { orders } from "../../../../examples/orders/scenario/index.ts";
import { brokenNames, runScenario } from "../../run/scenario-run.ts";

/** A run waits for an outage and for what it has left; others may run beside it. */
vi.setConfig({ testTimeout: 240_000 });

/** Hardly any order of our own shop; enough of marketplaces, and of an outage, for the fleet to find out together on a busy machine. */
const run = (without: readonly string[] = []): Promise<AppReport> =>
  runScenario(orders(5, 1, { orders: 600, outageMs: 15_000 }), without);

describe("a run of marketplaces' orders", () => {
  it("pays, reserves and tells of every order once through a flag that isolates the provider and an outage of it", async () => {
    const report = await run();
    expect(brokenNames(report)).toEqual([]);
    const [payment, circuit, inventory, notification, whole] = [
      "O3 payment",
      "R3",
      "O3 inventory",
      "O3 notification",
      "O3 whole",
    ].map((row) => report.rows.find(({ id }) => id === row));
    // A charge and a posting each.
    expect(payment?.effects).toBe(2 * 600);
    // Orders that were put aside.
    expect(circuit?.eventsIn).toBeGreaterThan(0);
    // Some are refused, and put before a person.
    expect(inventory?.effects).toBeGreaterThan(450);
    expect(inventory?.effects).toBeLessThan(600);
    expect(notification?.effects).toBe(600 - 600 / 20);
    // Some of those that are measured come again, and measure that.
    expect(whole?.effects).toBeGreaterThan(0);
  });

  it("asks a provider that is down over and over without the breaker, and nothing else breaks", async () => {
    expect(brokenNames(await run(["breaker"]))).toEqual([
      "R3: the circuit is open for the whole fleet during the outage",
      "R3: a provider that is down is left alone",
    ]);
  });
});
