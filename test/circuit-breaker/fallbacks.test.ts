import {
  type Call,
  type Fact,
  HoldfastError,
  observed,
  RetryableError,
  rootCall,
  TerminalError,
  wrap,
} from "holdfast";
import { bulkhead, lastGood, withFallback } from "holdfast/circuit-breaker";
import { type ManualRuntime, manualRuntime } from "holdfast/testing";
import { beforeEach, describe, expect, test } from "vitest";

let clock: ManualRuntime;
beforeEach(() => {
  clock = manualRuntime();
});
const call = (): Call => rootCall({ runtime: clock });
const open = new HoldfastError("CIRCUIT_OPEN", "open", { retryable: true });

describe("withFallback", () => {
  test("answers what the fallback does, which is told why, for what, and on which call", async () => {
    const told: unknown[] = [];
    const fn = withFallback(
      (_: number) => Promise.reject(open),
      (why, input, own) => {
        told.push(why, input, own.attempt);
        return "instead";
      },
    );
    expect(await fn(7, call())).toBe("instead");
    expect(told).toEqual([open, 7, 1]);
  });

  test("throws what the fallback throws", async () => {
    const fn = withFallback(
      (_: number) => Promise.reject(open),
      (why) => {
        throw why;
      },
    );
    await expect(fn(7, call())).rejects.toBe(open);
  });

  test("is not asked when all is well, nor when the call is over", async () => {
    let asked = 0;
    const fallback = () => {
      asked += 1;
    };
    expect(await withFallback(async (n: number) => n, fallback)(7, call())).toBe(7);
    const aborted = new AbortController();
    const failing = withFallback(async (_: number) => {
      aborted.abort(new Error("gone"));
      throw open;
    }, fallback);
    await expect(failing(7, rootCall({ runtime: clock, signal: aborted.signal }))).rejects.toBe(open);
    expect(asked).toBe(0);
  });
});

describe("lastGood", () => {
  let answer: () => Promise<string>;
  const rates = (options: { maxAgeMs?: number; maxEntries?: number } = {}) =>
    lastGood((_: string) => answer(), { maxAgeMs: 60_000, key: (currency) => currency, ...options });

  test("gives the last good answer of the same key, and tells how old it is", async () => {
    const facts: Fact[] = [];
    const read = wrap(
      rates(),
      observed((fact) => facts.push(fact)),
    );
    answer = async () => "1.1";
    await read("eur", call());
    answer = () => Promise.reject(open);
    clock.jump(5_000);
    expect(await read("eur", call())).toBe("1.1");
    expect(facts.find(({ type }) => type === "last-good")).toMatchObject({ ageMs: 5_000 });
    await expect(read("usd", call())).rejects.toBe(open);
  });

  test("gives none that is too old", async () => {
    const read = rates();
    answer = async () => "1.1";
    await read("eur", call());
    answer = () => Promise.reject(new RetryableError("busy"));
    clock.jump(60_001);
    await expect(read("eur", call())).rejects.toThrow("busy");
  });

  test("an error that is an answer is given as such", async () => {
    const read = rates();
    answer = async () => "1.1";
    await read("eur", call());
    answer = () => Promise.reject(new TerminalError("no such currency"));
    await expect(read("eur", call())).rejects.toThrow("no such currency");
  });

  test("remembers so many, the latest", async () => {
    const read = rates({ maxEntries: 2 });
    answer = async () => "1";
    for (const currency of ["a", "b", "a", "c"]) await read(currency, call());
    answer = () => Promise.reject(open);
    expect(await read("a", call())).toBe("1");
    await expect(read("b", call())).rejects.toBe(open);
  });
});

describe("bulkhead", () => {
  test("refuses what comes beyond the limit, and lets go of a place when a call has ended, well or not", async () => {
    const ends: (() => void)[] = [];
    const run = wrap(
      (fails: boolean) =>
        new Promise<void>((resolve, reject) => ends.push(() => (fails ? reject(open) : resolve()))),
      bulkhead({ name: "bank", maxConcurrent: 2 }),
    );
    const [one, two] = [run(false, call()), run(true, call())];
    await expect(run(false, call())).rejects.toMatchObject({ code: "BULKHEAD_FULL", retryable: true });
    for (const end of ends) end();
    await one;
    await expect(two).rejects.toBe(open);
    const [three, four] = [run(false, call()), run(false, call())];
    for (const end of ends) end();
    await Promise.all([three, four]);
  });

  test("a wrong limit is refused", () => {
    expect(() => bulkhead({ name: "bank", maxConcurrent: 0 })).toThrow(/^bulkhead: maxConcurrent/);
  });
});
