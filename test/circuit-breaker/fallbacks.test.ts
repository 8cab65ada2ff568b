import { getEventListeners } from "node:events";
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

  test("is told as a fact", async () => {
    const facts: Fact[] = [];
    const fn = wrap(
      withFallback(
        (_: number) => Promise.reject(open),
        () => "instead",
      ),
      observed((fact) => facts.push(fact)),
    );
    await fn(7, call());
    expect(facts).toContainEqual({ type: "fallback", error: open });
  });

  test("without a function to fall back on is refused", () => {
    expect(() => withFallback(async (n: number) => n, "instead" as never)).toThrow(
      /^withFallback: its second/,
    );
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

  test.each<[string, (caller: AbortController) => unknown]>([
    ["its deadline comes", () => clock.advance(1_000)],
    ["its caller calls it off", (caller) => caller.abort(new Error("gone"))],
  ])("that hangs does not outlive the call: the first failure is thrown when %s", async (_, end) => {
    const caller = new AbortController();
    const fn = withFallback(
      (_: number) => Promise.reject(open),
      () => new Promise<never>(() => {}),
    );
    const work = fn(7, rootCall({ runtime: clock, timeoutMs: 1_000, signal: caller.signal }));
    await Promise.all([expect(work).rejects.toBe(open), Promise.resolve().then(() => end(caller))]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("that has answered leaves no timer and no listener", async () => {
    const caller = new AbortController();
    const fn = withFallback(
      (_: number) => Promise.reject(open),
      () => "instead",
    );
    await fn(7, rootCall({ runtime: clock, timeoutMs: 1_000, signal: caller.signal }));
    expect([getEventListeners(caller.signal, "abort").length, clock.pendingTimers]).toEqual([0, 0]);
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
  test.each([
    ["404", Object.assign(new Error("gone"), { status: 404 })],
    ["403", Object.assign(new Error("forbidden"), { response: { status: 403 } })],
  ])("throws a %s: what was deleted or forbidden meanwhile must not be read on", async (_, answer) => {
    let isWell = true;
    const read = lastGood(async (_key: string) => (isWell ? "good" : Promise.reject(answer)), {
      maxAgeMs: 60_000,
      key: (of) => of,
    });
    expect(await read("a", call())).toBe("good");
    isWell = false;
    await expect(read("a", call())).rejects.toBe(answer);
  });

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

  test("gives what is answered, when it is", async () => {
    answer = async () => "1.1";
    expect(await rates()("eur", call())).toBe("1.1");
  });

  test("gives none from later than now: the clock was put back", async () => {
    const read = rates();
    answer = async () => "1.1";
    await read("eur", call());
    answer = () => Promise.reject(new RetryableError("busy"));
    clock.jump(-1);
    await expect(read("eur", call())).rejects.toThrow("busy");
  });

  test("gives none that is too old", async () => {
    const read = rates();
    answer = async () => "1.1";
    await read("eur", call());
    answer = () => Promise.reject(new RetryableError("busy"));
    clock.jump(60_000);
    expect(await read("eur", call())).toBe("1.1");
    clock.jump(1);
    await expect(read("eur", call())).rejects.toThrow("busy");
  });

  test("an error that is an answer is given as such", async () => {
    const read = rates();
    answer = async () => "1.1";
    await read("eur", call());
    answer = () => Promise.reject(new TerminalError("no such currency"));
    await expect(read("eur", call())).rejects.toThrow("no such currency");
  });

  test("an answer that was given instead has been used: another one goes first", async () => {
    const read = rates({ maxEntries: 2 });
    answer = async () => "1";
    for (const currency of ["a", "b"]) await read(currency, call());
    answer = () => Promise.reject(open);
    await read("a", call());
    answer = async () => "1";
    await read("c", call());
    answer = () => Promise.reject(open);
    expect(await read("a", call())).toBe("1");
    await expect(read("b", call())).rejects.toBe(open);
  });

  test("a read that began earlier and answers later does not take the place of a newer answer", async () => {
    const read = rates();
    const ends: ((rate: string) => void)[] = [];
    answer = () => new Promise((resolve) => ends.push(resolve));
    const [earlier, later] = [read("eur", call()), read("eur", call())];
    ends[1]?.("new");
    await later;
    ends[0]?.("old");
    expect(await earlier).toBe("old");
    answer = () => Promise.reject(open);
    expect(await read("eur", call())).toBe("new");
  });

  test.each<[string, unknown]>([
    ["a promise", Promise.resolve("eur")],
    ["a number", 7],
    ["undefined", undefined],
  ])("a key that is no string is refused, before anything is read: %s", async (kind, of) => {
    let asked = 0;
    const read = lastGood(async (_: string) => ++asked, { maxAgeMs: 1, key: () => of as string });
    await expect(read("eur", call())).rejects.toMatchObject({
      code: "INVALID_OPTION",
      message: `lastGood: key must give a string, at once, and gave ${kind}`,
    });
    expect(asked).toBe(0);
  });

  test("a key that is a promise which rejects leaves no rejection unheard", async () => {
    const unheard: unknown[] = [];
    const hear = (why: unknown) => unheard.push(why);
    process.on("unhandledRejection", hear);
    const read = lastGood(async (of: string) => of, {
      maxAgeMs: 1,
      key: () => Promise.reject(new Error("a key's mistake")) as never,
    });
    await expect(read("eur", call())).rejects.toMatchObject({ code: "INVALID_OPTION" });
    await new Promise(setImmediate);
    process.off("unhandledRejection", hear);
    expect(unheard).toEqual([]);
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

test("lastGood remembers a hundred answers without other words", async () => {
  let isWell = true;
  const read = lastGood(async (n: string) => (isWell ? n : Promise.reject(open)), {
    maxAgeMs: 60_000,
    key: (n) => n,
  });
  for (let n = 0; n <= 100; n++) await read(String(n), call());
  isWell = false;
  expect(await read("1", call())).toBe("1");
  await expect(read("0", call())).rejects.toBe(open);
});

test.each<[object, RegExp]>([
  [{ maxAgeMs: 0.5 }, /^lastGood: maxAgeMs/],
  [{ maxEntries: 0 }, /^lastGood: maxEntries/],
  [{ maxEntries: 1.5 }, /^lastGood: maxEntries/],
  [{ key: "eur" }, /^lastGood: key must be a function/],
  [{ maxAge: 1 }, /there is no option "maxAge"/],
])("lastGood with a wrong option is refused by name: %o", (options, message) => {
  const make = () => lastGood(async (n: string) => n, { maxAgeMs: 1, key: (n: string) => n, ...options });
  expect(make).toThrow(message);
});

test("lastGood may remember one answer for a millisecond", () => {
  expect(() => lastGood(async (n: string) => n, { maxAgeMs: 1, maxEntries: 1, key: (n) => n })).not.toThrow();
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
    await expect(run(false, call())).rejects.toMatchObject({ code: "BULKHEAD_FULL" });
    for (const end of ends) end();
    await Promise.all([three, four]);
  });

  test("tells whom it refuses, and how many were under way", async () => {
    const facts: Fact[] = [];
    const run = wrap(
      () => new Promise<never>(() => {}),
      observed((fact) => facts.push(fact)),
      bulkhead({ name: "bank", maxConcurrent: 1 }),
    );
    void run(undefined, call());
    await expect(run(undefined, call())).rejects.toMatchObject({ code: "BULKHEAD_FULL" });
    expect(facts).toContainEqual({ type: "bulkhead.refused", name: "bank", running: 1 });
  });

  test.each([0, 0.5, 1.5])("a wrong limit is refused: %d", (maxConcurrent) => {
    expect(() => bulkhead({ name: "bank", maxConcurrent })).toThrow(/^bulkhead: maxConcurrent/);
  });

  test.each([undefined, 7, "", "b\nank", "x".repeat(101)])("a wrong name is refused: %o", (name) => {
    expect(() => bulkhead({ name: name as string, maxConcurrent: 1 })).toThrow(/^bulkhead: name must be/);
  });

  test("a misspelt option is refused by name", () => {
    const options = { name: "bank", maxConcurrent: 1, limit: 2 };
    expect(() => bulkhead(options)).toThrow(/there is no option "limit"/);
  });
});
