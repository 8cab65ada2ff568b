import { describe, expect, it, vi } from "vitest";
import { readFaultPlan } from "../../../examples/local/faults/read-plan.ts";
import { shopFaults } from "../../../examples/orders/scenario/faults.ts";
import { startOrders, startRunner } from "./runner.ts";

/** A run builds its functions and waits for redeliveries; others may run beside it. */
vi.setConfig({ testTimeout: 40_000 });

describe("npm start", () => {
  it.for([
    ["an app", "bill", 'There is no app "bill"'],
    ["an option", "--fast", "Unknown option '--fast'"],
    ["a protection", "--without=retry", 'cannot take away "retry"'],
    ["a seed", "--seed=now", "--seed takes a whole number"],
  ] as const)(
    "refuses %s that does not exist, with the usage and exit code 2",
    async ([, argument, message], test) => {
      const runner = await startRunner(test, "examples/run.ts", [argument]);
      expect(await runner.ended).toBe(2);
      expect(runner.stderr()).toContain(message);
      expect(runner.stderr()).toContain("npm start -- [app …] [options]");
      expect(runner.stderr()).not.toContain("    at ");
      expect(runner.stdout()).toBe("");
    },
  );

  it("says how it is used when asked", async (test) => {
    const runner = await startRunner(test, "examples/run.ts", ["--help"]);
    expect(await runner.ended).toBe(0);
    expect(runner.stdout()).toContain("--without idempotency");
    expect(runner.stderr()).toBe("");
  });

  it("ends standard output with one JSON object, and shows people the rest without escape codes", async (test) => {
    const runner = await startOrders(test, 40, "--json", "--seed", "11", "orders");
    expect([await runner.ended, runner.stdout().split("\n").length]).toEqual([0, 2]);
    const count = expect.any(Number);
    const row = {
      id: expect.any(String),
      eventsIn: count,
      effects: count,
      duplicates: count,
      retries: count,
      deadLetters: 0,
      p50Ms: count,
      p95Ms: count,
      invariants: expect.toSatisfy((all: readonly { held: boolean }[]) => all.every(({ held }) => held)),
    };
    expect(JSON.parse(runner.stdout())).toEqual({
      ok: true,
      seed: 11,
      apps: [
        {
          name: "orders",
          rows: ["O1", "O2 transaction", "O2 batches", "O4 O5", "X1"].map((id) => ({ ...row, id })),
          faults: shopFaults,
        },
      ],
    });
    const shown = runner.stderr();
    expect(shown).not.toContain("\x1b");
    expect(shown).toMatch(/^seed 11$/m);
    expect(shown).toMatch(/^row +in +effects +duplicates/m);
    expect(shown).toMatch(/^held {3}O2 transaction: every order is counted exactly once by ADD$/m);
    expect(shown).toMatch(/^All invariants held\.$/m);
    expect(Math.max(...shown.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(await runner.left([])).toEqual([]);
  });

  it("fails without idempotency, by the count alone, and says how to see it again", async (test) => {
    const runner = await startOrders(test, 40, "--json", "--seed", "12", "--without", "idempotency");
    expect(await runner.ended).toBe(1);
    const { ok, apps } = JSON.parse(runner.stdout());
    const rows: { invariants: { name: string; held: boolean }[] }[] = apps[0].rows;
    const broken = rows.flatMap(({ invariants }) => invariants.filter(({ held }) => !held));
    const counts = ["every order is counted exactly once by ADD", "every order is fulfilled once by ADD"];
    const names = broken.map(({ name }) => name);
    expect([ok, names.includes(counts[0] ?? "")]).toEqual([false, true]);
    expect(names.filter((name) => !counts.includes(name))).toEqual([]);
    expect(runner.stderr()).toMatch(
      /BROKE {2}O2 transaction: .*\n {7}2026-11-0\d: \d+ counted for \d+ orders/,
    );
    expect(runner.stderr()).toContain("Broken without idempotency, as it must be. To see it again:");
    expect(runner.stderr()).toMatch(/^ {2}npm start -- orders --seed 12 --without idempotency$/m);
    const [, plan = ""] =
      /^ {2}Its faults, as an option to change: --faults '(.*)'$/m.exec(runner.stderr()) ?? [];
    expect(readFaultPlan(plan)).toEqual(shopFaults);
  });
});
