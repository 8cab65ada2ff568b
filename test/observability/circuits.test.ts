import { type Call, rootCall, wrap, wrapHandler } from "holdfast";
import { sqsBatch } from "holdfast/batching";
import { circuitBreaker, consecutiveFailures, operateCircuit, withFallback } from "holdfast/circuit-breaker";
import { logged } from "holdfast/observability";
import { retry } from "holdfast/retry";
import { fakeContext, type ManualRuntime, manualRuntime, memoryCircuitStore } from "holdfast/testing";
import { beforeEach, expect, test } from "vitest";
import { sqsEvent } from "../batching/sqs-fixtures.ts";

let clock: ManualRuntime;
let lines: Record<string, unknown>[];
let isDown: boolean;
beforeEach(() => {
  clock = manualRuntime();
  lines = [];
  isDown = true;
});

const log = () => logged({ write: (line) => void lines.push(JSON.parse(line)) });
const call = (): Call => rootCall({ runtime: clock });
const bank = (name = "bank") => circuitBreaker({ name, trip: consecutiveFailures(2) });
const callBank = async (_: unknown): Promise<string> => {
  if (isDown) throw new Error("down");
  return "paid";
};
const told = () =>
  lines.map((line) => [
    line["outcome"],
    line["circuit"],
    line["circuit_state"],
    line["circuit_change"],
    line["circuit_refusals"],
  ]);

test("a line says which circuit has changed, to what and why, and how many calls it refused", async () => {
  const ask = wrap(callBank, log(), bank());
  for (const jumpMs of [0, 0, 0, 11_000, 0]) {
    clock.jump(jumpMs);
    isDown = jumpMs === 0;
    await ask(undefined, call()).catch(() => {});
    isDown = true;
  }
  expect(told()).toEqual([
    ["failed", undefined, undefined, undefined, undefined],
    ["failed", "bank", "open", "tripped", undefined],
    ["failed", "bank", "open", undefined, 1],
    ["ok", "bank", "closed", "probes-succeeded", undefined],
    ["failed", undefined, undefined, undefined, undefined],
  ]);
});

test("an event that a fallback has answered is well, and its line says who was not asked", async () => {
  const breaker = bank();
  breaker.isolate(call());
  await wrap(
    withFallback(wrap(callBank, breaker), () => "later"),
    log(),
  )(undefined, call());
  expect(told()).toEqual([["ok", "bank", "isolated", undefined, 1]]);
});

test("refusals of several circuits are counted together, and the last one is named", async () => {
  const both = [bank("bank"), bank("carrier")];
  for (const breaker of both) breaker.open(call());
  await wrap(async (_: undefined, on: Call) => {
    for (const breaker of both) await wrap(callBank, breaker)(undefined, on).catch(() => {});
  }, log())(undefined, call());
  expect(told()).toEqual([["ok", "carrier", "open", undefined, 2]]);
});

test("in a batch each record's line is of its own calls", async () => {
  const breaker = bank();
  breaker.open(call());
  const charge = wrap(callBank, breaker);
  const event = sqsBatch(async (n: number, on) => (n === 1 ? charge(n, on) : "free"));
  await clock.run(wrapHandler(event, log())(sqsEvent([0, 1]), fakeContext({ runtime: clock })));
  expect(told()).toEqual([
    ["ok", undefined, undefined, undefined, undefined],
    ["failed", "bank", "open", undefined, 1],
  ]);
});

test("a change that was noticed beside an event, after its line, is told by the next line, once", async () => {
  isDown = false;
  const store = memoryCircuitStore();
  const slow: typeof store = {
    ...store,
    read: async (circuit, on) => {
      await new Promise<void>((resolve) => clock.setTimer(50, resolve));
      return store.read(circuit, on);
    },
  };
  const ask = wrap(callBank, log(), circuitBreaker({ name: "bank", store: slow }));
  const asked = () => clock.run(ask(undefined, call()).catch(() => {}));
  await asked();
  clock.jump(10_000);
  await operateCircuit({ store, name: "bank", to: "isolated" }, call());
  await asked();
  await clock.advance(100);
  await asked();
  await asked();
  expect(told()).toEqual([
    ["ok", undefined, undefined, undefined, undefined],
    ["ok", undefined, undefined, undefined, undefined],
    ["failed", "bank", "isolated", "shared", 1],
    ["failed", "bank", "isolated", undefined, 1],
  ]);
});

test("a line that is of another circuit leaves such a change to the next one", async () => {
  let finished = (): void => {};
  const carrier = bank("carrier");
  carrier.open(call());
  const late = bank();
  const work = wrap(async (isLate: boolean, on: Call) => {
    if (isLate) finished = () => late.open(on);
    else await wrap(callBank, carrier)(undefined, on);
  }, log());
  await work(true, call());
  finished();
  await work(false, call()).catch(() => {});
  await work(true, call());
  expect(told()).toEqual([
    ["ok", undefined, undefined, undefined, undefined],
    ["failed", "carrier", "open", undefined, 1],
    ["ok", "bank", "open", "by-hand", undefined],
  ]);
});

test("a line says why nothing more was tried", async () => {
  const ask = wrap(callBank, log(), retry({ maxAttempts: 2 }));
  await clock.run(ask(undefined, call()).catch(() => {}));
  isDown = false;
  await ask(undefined, call());
  expect(lines.map((line) => [line["retries"], line["gave_up"]])).toEqual([
    [1, "attempts"],
    [0, undefined],
  ]);
});
