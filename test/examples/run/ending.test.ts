import { describe, expect, it, vi } from "vitest";
import { endingTime, startOrders } from "./runner.ts";

/** A run builds its functions and waits for redeliveries; others may run beside it. */
vi.setConfig({ testTimeout: 40_000 });

/** Some answered, many to come. */
const MIDST = /[1-9]\d*\/\d+ requests answered/;

describe("ending npm start", () => {
  it("by SIGINT in the midst of a run leaves nothing behind", async (test) => {
    const runner = await startOrders(test, 500);
    await runner.says(MIDST);
    const started = runner.started();
    expect((await runner.left(started)).length).toBeGreaterThan(started.length);
    expect(await endingTime(runner, "SIGINT")).toBeLessThan(5_000);
    expect(await runner.ended).toBe(130);
    expect(runner.stderr()).toContain("Interrupted; everything was stopped.");
    expect(await runner.left(started)).toEqual([]);
  });

  // What is being started is first waited for.
  it("by SIGTERM while the cloud starts leaves nothing behind", async (test) => {
    const runner = await startOrders(test, 500);
    await runner.says(/starting the cloud/);
    await vi.waitFor(() => expect(runner.started().length).toBeGreaterThan(0), { timeout: 5_000 });
    const started = runner.started();
    await endingTime(runner, "SIGTERM");
    expect(await runner.ended).toBe(130);
    expect(await runner.left(started)).toEqual([]);
  });

  it("by SIGKILL leaves no process and no file behind", async (test) => {
    const runner = await startOrders(test, 500);
    await runner.says(MIDST);
    const started = runner.started();
    expect(started.length).toBeGreaterThanOrEqual(4);
    await endingTime(runner, "SIGKILL");
    await vi.waitFor(async () => expect(await runner.left(started)).toEqual([]), { timeout: 3_000 });
  });

  it("by closing the pipe that reads it leaves nothing behind", async (test) => {
    const runner = await startOrders(test, 500);
    await runner.says(MIDST);
    const started = runner.started();
    runner.process.stdout?.destroy();
    expect(await runner.ended).toBe(130);
    expect(await runner.left(started)).toEqual([]);
  });
});
