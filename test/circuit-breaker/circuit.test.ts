import { consecutiveFailures, countWindow, type Trip } from "holdfast/circuit-breaker";
import { beforeEach, describe, expect, test } from "vitest";
import { type Circuit, circuit, type Transition } from "../../src/circuit-breaker/circuit.ts";

const [HALF_OPEN_AFTER_MS, PROBE_TIMEOUT_MS] = [10_000, 2_000];

let nowMs: number;
let changes: string[];
beforeEach(() => {
  nowMs = 1_000_000;
  changes = [];
});

function make(probesToClose = 1, trip: Trip = consecutiveFailures(3)): Circuit {
  const rules = {
    trip,
    halfOpenAfterMs: HALF_OPEN_AFTER_MS,
    probeTimeoutMs: PROBE_TIMEOUT_MS,
    probesToClose,
  };
  return circuit(rules, ({ from, to, why }: Transition) => changes.push(`${from} ${to} ${why}`));
}

function ended(of: Circuit, failed: boolean, tookMs = 1): void {
  of[failed ? "failed" : "succeeded"](of.admit(nowMs), { now: () => nowMs }, nowMs - tookMs);
}

function fail(of: Circuit, times: number): void {
  for (let n = 0; n < times; n++) ended(of, true);
}

function succeed(of: Circuit): void {
  ended(of, false);
}

/** Tripped, and cooled down. */
function cooled(probesToClose?: number): Circuit {
  const own = make(probesToClose);
  fail(own, 3);
  nowMs += HALF_OPEN_AFTER_MS;
  return own;
}

describe("closed", () => {
  test("calls go through, and are no probes", () => {
    expect(make().admit(nowMs)).toMatchObject({ admitted: true, isProbe: false });
    const again = cooled();
    succeed(again);
    expect(again.admit(nowMs)).toMatchObject({ admitted: true, isProbe: false });
  });

  test("it trips again after it has closed, and not before as many failures as the first time", () => {
    const own = cooled();
    succeed(own);
    fail(own, 2);
    expect(own.state(nowMs)).toBe("closed");
    fail(own, 1);
    expect(own.state(nowMs)).toBe("open");
    expect(changes).toEqual([
      "closed open tripped",
      "open half-open cooled-down",
      "half-open closed probes-succeeded",
      "closed open tripped",
    ]);
  });

  test("closed by hand once more, it has forgotten what it counted", () => {
    const own = make();
    fail(own, 2);
    own.byHand("closed", nowMs);
    fail(own, 2);
    expect(own.state(nowMs)).toBe("closed");
    expect(changes).toEqual([]);
  });

  test("a success is counted beside the failures, and takes nothing of them back", () => {
    const own = make(1, countWindow({ minimumCalls: 4, failureRate: 0.5 }));
    fail(own, 1);
    succeed(own);
    succeed(own);
    expect(own.state(nowMs)).toBe("closed");
    fail(own, 1);
    expect(own.state(nowMs)).toBe("open");
  });

  test("a success that was slow opens it, where slow calls do", () => {
    const own = make(1, countWindow({ minimumCalls: 1, slowCallMs: 100 }));
    ended(own, false, 101);
    expect(own.state(nowMs)).toBe("open");
  });
});

describe("open", () => {
  test("it is half-open for whoever looks, when its cooldown is over, and not a millisecond before", () => {
    const own = make();
    fail(own, 3);
    nowMs += HALF_OPEN_AFTER_MS - 1;
    expect(own.state(nowMs)).toBe("open");
    expect(own.admit(nowMs)).toEqual({ admitted: false, retryAfterMs: 1 });
    nowMs += 1;
    expect(own.state(nowMs)).toBe("half-open");
  });

  test("a clock that is put back keeps it open for no longer than a cooldown", () => {
    const own = make();
    fail(own, 3);
    expect(own.state(nowMs - 1)).toBe("half-open");
  });
});

describe("half-open", () => {
  test("whoever comes beside the probe is refused until the probe's time is up", () => {
    const own = cooled();
    expect(own.admit(nowMs)).toMatchObject({ admitted: true, isProbe: true });
    nowMs += PROBE_TIMEOUT_MS - 1;
    expect(own.admit(nowMs)).toEqual({ admitted: false, retryAfterMs: 1 });
    expect(own.state(nowMs)).toBe("half-open");
    nowMs += 1;
    expect(own.state(nowMs)).toBe("open");
    expect(changes.at(-1)).toBe("half-open open probe-timed-out");
  });

  test("successes must come in a row: a failure between them makes them start anew", () => {
    const own = cooled(2);
    succeed(own);
    fail(own, 1);
    nowMs += HALF_OPEN_AFTER_MS;
    succeed(own);
    expect(own.state(nowMs)).toBe("half-open");
    succeed(own);
    expect(own.state(nowMs)).toBe("closed");
  });

  test("what is forgotten of an earlier state leaves the probe its place", () => {
    const own = make();
    const early = own.admit(nowMs);
    fail(own, 3);
    nowMs += HALF_OPEN_AFTER_MS;
    own.admit(nowMs);
    own.forget(early);
    expect(own.admit(nowMs)).toMatchObject({ admitted: false });
  });
});

describe("with the circuit that a fleet shares", () => {
  test("open, it stays so until it is told, however long that is", () => {
    const own = make();
    own.follow("open");
    expect(own.state(nowMs + 100 * HALF_OPEN_AFTER_MS)).toBe("open");
    own.follow("closed");
    expect(own.admit(nowMs)).toMatchObject({ admitted: true, isProbe: false });
    expect(changes).toEqual(["closed open shared", "open closed shared"]);
  });

  test("isolated, it is closed when the others are", () => {
    const own = make();
    own.follow("isolated");
    expect(own.admit(nowMs)).toEqual({ admitted: false, retryAfterMs: Number.POSITIVE_INFINITY });
    own.follow("closed");
    expect(own.state(nowMs)).toBe("closed");
  });

  test("isolated here by hand, it stays that, whatever the others do", () => {
    const own = make();
    own.byHand("isolated", nowMs);
    for (const to of ["open", "closed", "isolated"] as const) own.follow(to);
    expect(changes).toEqual(["closed isolated by-hand"]);
    own.byHand("closed", nowMs);
    own.follow("open");
    expect(own.state(nowMs)).toBe("open");
  });

  test("opened here by hand, it cools down by itself again", () => {
    const own = make();
    own.follow("open");
    own.byHand("open", nowMs);
    expect(own.state(nowMs + HALF_OPEN_AFTER_MS)).toBe("half-open");
  });

  test("tripped here after the others have closed, it cools down by itself", () => {
    const own = make();
    own.follow("open");
    own.follow("closed");
    fail(own, 3);
    expect(own.state(nowMs)).toBe("open");
    expect(own.state(nowMs + HALF_OPEN_AFTER_MS)).toBe("half-open");
  });
});
