import {
  type Call,
  type Fact,
  observed,
  RetryableError,
  rootCall,
  TerminalError,
  timeout,
  wrap,
} from "holdfast";
import {
  type CircuitBreakerOptions,
  circuitBreaker,
  consecutiveFailures,
  countWindow,
  timeWindow,
} from "holdfast/circuit-breaker";
import { retry } from "holdfast/retry";
import { type ManualRuntime, manualRuntime } from "holdfast/testing";
import { beforeEach, describe, expect, test, vi } from "vitest";

const down = new Error("down");

let clock: ManualRuntime;
let asked: number;
/** What the dependency does with its next request. */
let answer: (call: Call) => Promise<unknown>;
beforeEach(() => {
  clock = manualRuntime();
  asked = 0;
  answer = async () => "well";
});

const call = (): Call => rootCall({ runtime: clock });

function bank(options: Partial<CircuitBreakerOptions<unknown>> = {}) {
  const breaker = circuitBreaker<unknown>({ name: "bank", trip: consecutiveFailures(3), ...options });
  const ask = wrap((_: undefined, own: Call) => {
    asked += 1;
    return answer(own);
  }, breaker);
  return { breaker, ask: (on = call()) => ask(undefined, on) };
}

type Bank = ReturnType<typeof bank>;

async function fail({ ask }: Bank, times: number): Promise<void> {
  answer = () => Promise.reject(down);
  for (let n = 0; n < times; n++) await expect(ask()).rejects.toBe(down);
}

/** A promise, and how to settle it. */
function later() {
  let resolve: (value: unknown) => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<unknown>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

describe("an open circuit", () => {
  test("refuses at once, with when to come again, and does not ask", async () => {
    const it = bank();
    await fail(it, 3);
    clock.jump(4_000);
    await expect(it.ask()).rejects.toMatchObject({
      code: "CIRCUIT_OPEN",
      retryable: true,
      retryAfterMs: 6_000,
    });
    expect(asked).toBe(3);
  });

  test("ends the retrying outside of it at once", async () => {
    const it = bank();
    await fail(it, 3);
    const retried = wrap((_: undefined, own: Call) => it.ask(own), retry());
    await expect(retried(undefined, call())).rejects.toMatchObject({ code: "CIRCUIT_OPEN" });
    expect(clock.pendingTimers).toBe(0);
  });

  test("is not opened by failures with a success between them", async () => {
    const it = bank();
    for (let n = 0; n < 5; n++) {
      await fail(it, 2);
      answer = async () => "well";
      await it.ask();
    }
    expect(it.breaker.state(call())).toBe("closed");
  });
});

describe("a probe", () => {
  test("goes through when the cooldown is over, and closes the circuit", async () => {
    const it = bank();
    await fail(it, 3);
    clock.jump(10_000);
    answer = async () => "well";
    expect(await it.ask()).toBe("well");
    expect(it.breaker.state(call())).toBe("closed");
  });

  test("that fails opens it for another while", async () => {
    const it = bank();
    await fail(it, 3);
    clock.jump(10_000);
    await fail(it, 1);
    await expect(it.ask()).rejects.toMatchObject({ code: "CIRCUIT_OPEN", retryAfterMs: 10_000 });
  });

  test("is one at a time: whoever comes meanwhile is refused, not queued", async () => {
    const it = bank();
    await fail(it, 3);
    clock.jump(10_000);
    const probe = later();
    answer = () => probe.promise;
    const first = it.ask();
    await expect(it.ask()).rejects.toMatchObject({ code: "CIRCUIT_OPEN" });
    probe.resolve("well");
    expect(await first).toBe("well");
    expect(asked).toBe(4);
  });

  test("that never answers is given up, and blocks nobody", async () => {
    const it = bank({ probeTimeoutMs: 2_000 });
    await fail(it, 3);
    clock.jump(10_000);
    answer = () => new Promise(() => {});
    const first = it.ask().catch((error: unknown) => error);
    await clock.advance(2_000);
    expect(await first).toMatchObject({ code: "TIMEOUT" });
    expect(it.breaker.state(call())).toBe("open");
    clock.jump(10_000);
    answer = async () => "well";
    expect(await it.ask()).toBe("well");
    expect(clock.pendingTimers).toBe(0);
  });

  test("that froze with its process is over when the process thaws, before any timer has fired", async () => {
    const it = bank({ probeTimeoutMs: 2_000 });
    await fail(it, 3);
    clock.jump(10_000);
    answer = () => new Promise(() => {});
    void it.ask().catch(() => {});
    clock.jump(60_000);
    answer = async () => "well";
    expect(await it.ask()).toBe("well");
  });

  test("whose caller calls it off has said nothing: the next call is the probe", async () => {
    const it = bank();
    await fail(it, 3);
    clock.jump(10_000);
    const caller = new AbortController();
    answer = (own) =>
      new Promise((_, reject) => own.signal.addEventListener("abort", () => reject(own.signal.reason)));
    const first = it
      .ask(rootCall({ runtime: clock, signal: caller.signal }))
      .catch((error: unknown) => error);
    caller.abort(new Error("client went away"));
    expect(await first).toMatchObject({ message: "client went away" });
    answer = async () => "well";
    expect(await it.ask()).toBe("well");
  });

  test("must succeed as often in a row as it is told", async () => {
    const it = bank({ probesToClose: 2 });
    await fail(it, 3);
    clock.jump(10_000);
    answer = async () => "well";
    await it.ask();
    expect(it.breaker.state(call())).toBe("half-open");
    await it.ask();
    expect(it.breaker.state(call())).toBe("closed");
  });
});

describe("a call that ends late", () => {
  test("and failed does not open again what has been closed since", async () => {
    const it = bank();
    const slow = Array.from({ length: 3 }, later);
    const pending = slow.map((one) => {
      answer = () => one.promise;
      return it.ask().catch((error: unknown) => error);
    });
    await fail(it, 3);
    clock.jump(10_000);
    answer = async () => "well";
    await it.ask();
    for (const one of slow) one.reject(down);
    await Promise.all(pending);
    expect(it.breaker.state(call())).toBe("closed");
  });

  test("and succeeded does not close what is being probed", async () => {
    const it = bank();
    const slow = later();
    answer = () => slow.promise;
    const early = it.ask();
    await fail(it, 3);
    slow.resolve("well, long ago");
    await early;
    expect(it.breaker.state(call())).toBe("open");
  });
});

describe("what counts as a failure", () => {
  test.each<[string, unknown, "open" | "closed"]>([
    ["an error that may pass", new RetryableError("busy"), "open"],
    ["an answer of no: what says no is well", new TerminalError("declined"), "closed"],
    ["a fault of the caller's at AWS", Object.assign(new Error("bad"), { $fault: "client" }), "closed"],
    ["anything else", "what?", "open"],
  ])("%s", async (_, error, state) => {
    const it = bank();
    answer = () => Promise.reject(error);
    for (let n = 0; n < 3; n++) await it.ask().catch(() => {});
    expect(it.breaker.state(call())).toBe(state);
  });

  test("a result, where failureWhen says so: it is given back all the same", async () => {
    const it = bank({ failureWhen: (response) => (response as { status: number }).status === 503 });
    answer = async () => ({ status: 503 });
    for (let n = 0; n < 3; n++) expect(await it.ask()).toEqual({ status: 503 });
    await expect(it.ask()).rejects.toMatchObject({ code: "CIRCUIT_OPEN" });
  });

  test("a timeout inside, and a deadline that passes; not the caller's abort", async () => {
    const { breaker } = bank({ trip: consecutiveFailures(1) });
    const hanging = wrap(() => new Promise<never>(() => {}), breaker, timeout({ ms: 100 }));
    const aborted = new AbortController();
    const first = hanging(undefined, rootCall({ runtime: clock, signal: aborted.signal })).catch(() => {});
    aborted.abort();
    await first;
    expect(breaker.state(call())).toBe("closed");
    const second = hanging(undefined, call()).catch(() => {});
    await clock.advance(100);
    await second;
    expect(breaker.state(call())).toBe("open");
  });
});

describe("by hand", () => {
  test("isolated, it refuses everyone and probes nothing until it is closed", async () => {
    const it = bank();
    it.breaker.isolate(call());
    clock.jump(3_600_000);
    await expect(it.ask()).rejects.toMatchObject({
      code: "CIRCUIT_OPEN",
      message: expect.stringContaining("isolated"),
    });
    it.breaker.close(call());
    expect(await it.ask()).toBe("well");
  });

  test("opened, it cools down as if it had tripped", async () => {
    const it = bank();
    it.breaker.open(call());
    await expect(it.ask()).rejects.toMatchObject({ retryAfterMs: 10_000 });
    clock.jump(10_000);
    expect(await it.ask()).toBe("well");
  });
});

test("calls are timed from their own beginning, where slow ones count", async () => {
  const it = bank({ trip: timeWindow({ minimumCalls: 1, slowCallMs: 100, slowCallRate: 0.5 }) });
  answer = async () => clock.jump(100);
  await it.ask();
  expect(it.breaker.state(call())).toBe("closed");
  answer = async () => clock.jump(101);
  await it.ask();
  expect(it.breaker.state(call())).toBe("open");
});

test("after a freeze of an hour no failure from before counts", async () => {
  const it = bank({ trip: timeWindow({ windowMs: 10_000, minimumCalls: 2 }) });
  await fail(it, 1);
  clock.jump(3_600_000);
  await fail(it, 1);
  expect(it.breaker.state(call())).toBe("closed");
  await fail(it, 1);
  expect(it.breaker.state(call())).toBe("open");
});

test("changes are told as facts and to onChange, which may throw", async () => {
  const facts: Fact[] = [];
  const changes: unknown[] = [];
  const it = bank({
    onChange: (change) => {
      changes.push(change);
      throw new Error("a hook's mistake");
    },
  });
  const watched = wrap(
    (_: undefined, own: Call) => it.ask(own),
    observed((fact) => facts.push(fact)),
  );
  answer = () => Promise.reject(down);
  for (let n = 0; n < 4; n++) await watched(undefined, call()).catch(() => {});
  expect(changes).toEqual([{ name: "bank", from: "closed", to: "open", why: "tripped", atMs: clock.now() }]);
  expect(facts).toEqual([
    { type: "circuit.changed", name: "bank", from: "closed", to: "open", why: "tripped", atMs: clock.now() },
    { type: "circuit.refused", name: "bank", state: "open", because: "open", retryAfterMs: 10_000 },
  ]);
});

test.each<[object, RegExp]>([
  [{ name: "" }, /name must be/],
  [{ name: "bank", trip: {} }, /trip must be/],
  [{ name: "bank", halfOpenAfterMs: 0 }, /halfOpenAfterMs/],
  [{ name: "bank", probesToClose: 1.5 }, /probesToClose/],
  [{ name: "bank", failureWhen: 1 }, /failureWhen must be a function/],
  [{ name: "bank", halfOpenAfter: 1 }, /there is no option "halfOpenAfter"/],
])("a wrong option is refused by name: %o", (options, message) => {
  expect(() => circuitBreaker(options as CircuitBreakerOptions<unknown>)).toThrow(message);
});

describe("the clock", () => {
  test("is not read for a call that goes well, where only the order of calls counts", async () => {
    const { ask } = bank();
    const own = call();
    const now = vi.spyOn(clock, "now");
    await ask(own);
    expect(now).not.toHaveBeenCalled();
  });

  test("is read when a call that went well opens the circuit: its cooldown begins then", async () => {
    const one = bank({
      trip: countWindow({ size: 4, minimumCalls: 4, failureRate: 0.5 }),
      halfOpenAfterMs: 1_000,
    });
    await fail(one, 3);
    answer = async () => "well";
    clock.jump(700);
    await one.ask();
    clock.jump(400);
    await expect(one.ask()).rejects.toMatchObject({ code: "CIRCUIT_OPEN", retryAfterMs: 600 });
  });
});

test.each([
  ["a 404", () => Object.assign(new Error("no such customer"), { response: { status: 404 } })],
  ["a mistake in the code", () => new TypeError("undefined is not a function")],
  ["a TerminalError", () => new TerminalError("declined")],
])("%s is no failure of what is behind it", async (_, errorOf) => {
  const bank = circuitBreaker({ name: "bank", trip: consecutiveFailures(1) });
  const call = rootCall();
  const ask = wrap((_: undefined) => Promise.reject(errorOf()), bank);
  await ask(undefined, call).catch(() => {});
  expect(bank.state(call)).toBe("closed");
});
