import { rootCall } from "holdfast";
import { idempotent } from "holdfast/idempotency";
import { type MemoryStore, memoryStore } from "holdfast/idempotency/memory";
import { manualRuntime } from "holdfast/testing";
import { afterEach, describe, expect, it, vi } from "vitest";
import { countErrors } from "../../../examples/log-processing/src/count-errors.ts";
import { addToDay, putProcessedLog } from "../../../examples/log-processing/src/items.ts";
import { readRecord } from "../../../examples/log-processing/src/log-object.ts";
import { recordOf } from "./fixtures.ts";

const log = readRecord(recordOf({ versionId: "v1" }));
const once = [putProcessedLog("Processed", log, 2), addToDay("Daily", log, 2)];
const TIMEOUT_MS = 30_000;

/** A worker that dies at its nth await: before what it waits for has begun, or after it was done and nobody told. */
function worker(diesAt: number) {
  let awaits = 0;
  let die: () => void = () => {};
  const dead = new Promise<"dead">((resolve) => {
    die = () => resolve("dead");
  });
  const reach = (): Promise<void> => {
    if (awaits++ !== diesAt) return Promise.resolve();
    die();
    return new Promise(() => {});
  };
  async function through<T>(work: () => Promise<T>): Promise<T> {
    await reach();
    const result = await work();
    await reach();
    return result;
  }
  return { dead, through };
}

/** One worker's function, over the store that all of them share. */
function processing(shared: MemoryStore, { through }: Pick<ReturnType<typeof worker>, "through">) {
  async function* bytes() {
    for (const piece of ["ERROR a\nINFO b\nERR", "OR c\n"])
      yield await through(async () => Buffer.from(piece));
  }
  return idempotent(
    countErrors({
      read: () => through(async () => ({ contentEncoding: undefined, bytes: bytes() })),
      processedTable: "Processed",
      dailyTable: "Daily",
    }),
    {
      store: {
        name: shared.name,
        claim: (...given) => through(() => shared.claim(...given)),
        write: (...given) => through(() => shared.write(...given)),
        read: (...given) => shared.read(...given),
        settle: (...given) => shared.settle(...given),
        transact: (...given) => through(() => shared.transact(...given)),
      },
      operation: "count-errors",
      key: ({ logId }) => logId,
    },
  );
}

/** One worker dies at its nth await, and Lambda's retry comes a minute later. Says whether the first one died. */
async function retriedAfterDeath(diesAt: number) {
  const clock = manualRuntime();
  const store = memoryStore();
  const first = worker(diesAt);
  const call = () => rootCall({ runtime: clock, timeoutMs: TIMEOUT_MS });
  const died = (await Promise.race([first.dead, processing(store, first)(log, call())])) === "dead";
  const before = store.applied.length;
  clock.jump(60_000);
  const outcome = await clock.run(processing(store, worker(Number.NaN))(log, call()));
  return { died, before, outcome, applied: store.applied };
}

afterEach(() => void vi.unstubAllEnvs());

describe("a worker that is killed", () => {
  it("at any await leaves the log to be counted exactly once", async () => {
    const deaths: number[] = [];
    for (let diesAt = 0; ; diesAt++) {
      const { died, before, outcome, applied } = await retriedAfterDeath(diesAt);
      expect({ diesAt, outcome, applied }).toEqual({ diesAt, outcome: { error_count: 2 }, applied: once });
      if (!died) break;
      deaths.push(before);
    }
    // Claim, open, two pieces, transaction: before and after each. Only after the last was anything done.
    expect(deaths).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 2]);
  });

  it("after the transaction counts the log twice without idempotency", async () => {
    vi.stubEnv("HOLDFAST_DISABLE", "idempotency");
    vi.spyOn(console, "error").mockImplementation(() => {});
    // Without a claim there are two awaits less.
    const { died, applied } = await retriedAfterDeath(7);
    expect(died).toBe(true);
    expect(applied).toEqual([...once, ...once]);
    vi.restoreAllMocks();
  });
});
