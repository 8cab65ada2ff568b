import { rootCall } from "holdfast";
import { operateCircuit } from "holdfast/circuit-breaker";
import { manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { knowledge } from "../../../src/circuit-breaker/shared/knowledge.ts";
import { link } from "../../../src/circuit-breaker/shared/link.ts";
import { testStore } from "./setting.ts";

function setUp() {
  const clock = manualRuntime();
  const call = rootCall({ runtime: clock });
  const store = testStore();
  const known = knowledge(5_000, () => 0);
  const rules = { halfOpenAfterMs: 10_000, probeTimeoutMs: 2_000, probesToClose: 1, storeTimeoutMs: 250 };
  const way = link({ name: "bank", store, rules }, known, () => {});
  const open = () => operateCircuit({ store, name: "bank", to: "open" }, call);
  return { call, store, known, way, open };
}

test("a read that shows an old item changes nothing", async () => {
  const { call, store, known, way, open } = setUp();
  const old = await open();
  const { epoch } = await open();
  await way.read(call);
  store.read = async () => old;
  await way.read(call);
  expect(known.item?.epoch).toBe(epoch);
  expect(epoch).toBeGreaterThan(old.epoch);
});

test("a write says whether it was done: not where nothing comes of the event, nor where somebody else was quicker", async () => {
  const { call, store, known, way, open } = setUp();
  await open();
  await way.read(call);
  const requests = store.requests.length;
  expect(await way.write({ type: "tripped" }, call)).toBe(false);
  expect(store.requests.length).toBe(requests);
  const seen = known.item;
  const { epoch } = await open();
  expect(await way.write({ type: "probe-failed" }, call, seen && { ...seen, probeUntilMs: 1 })).toBe(false);
  expect(known.item?.epoch).toBe(epoch);
  expect(await setUp().way.write({ type: "tripped" }, call)).toBe(true);
});

test("what was learnt while a write was answered is not forgotten for what was written", async () => {
  const { call, store, known, way, open } = setUp();
  const { replace } = store;
  store.replace = async (...request) => {
    store.replace = replace;
    const answer = await replace(...request);
    await open();
    await way.read(call);
    return answer;
  };
  expect(await way.write({ type: "tripped" }, call)).toBe(true);
  expect(known.item).toMatchObject({ state: "OPEN", epoch: 1 });
});

test("what refused a write is believed, also that there is no item any more", async () => {
  const { call, store, known, way, open } = setUp();
  await open();
  await way.read(call);
  store.replace = async () => ({ written: false, found: undefined });
  const from = known.item && { ...known.item, probeUntilMs: 1 };
  expect(await way.write({ type: "probe-forgotten" }, call, from)).toBe(false);
  expect(known.item).toBeUndefined();
});
