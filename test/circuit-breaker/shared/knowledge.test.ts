import { describe, expect, test } from "vitest";
import { circuit } from "../../../src/circuit-breaker/circuit.ts";
import type { SharedCircuit } from "../../../src/circuit-breaker/shared/item.ts";
import { knowledge } from "../../../src/circuit-breaker/shared/knowledge.ts";
import { consecutiveFailures } from "../../../src/circuit-breaker/trip.ts";

const item = (epoch: number, state: SharedCircuit["state"], token = `${epoch}`): SharedCircuit => ({
  epoch,
  state,
  token,
  sinceMs: 1_000,
  untilMs: state === "OPEN" ? 11_000 : 0,
  openings: 1,
  successes: 0,
  probeUntilMs: 0,
  alert: "",
  alertUntilMs: 0,
  share: 1,
});

describe("what an environment knows", () => {
  function knowing() {
    const known = knowledge(5_000, () => 0.5);
    known.learn(item(3, "OPEN", "newer"), 2_000, 2_010, false);
    return known;
  }

  test.each<[string, SharedCircuit | undefined, number]>([
    ["of a lower epoch", item(2, "CLOSED"), 3_000],
    ["of no item", undefined, 3_000],
    ["that began before the one it knows of this epoch", item(3, "OPEN", "older"), 1_500],
  ])("is not changed by an eventual read %s", (_, read, atMs) => {
    const known = knowing();
    expect(known.learn(read, atMs, 3_010, false)).toBe(false);
    expect(known.item?.token).toBe("newer");
  });

  test("is changed by a higher epoch, however long its read was on its way", () => {
    const known = knowing();
    expect(known.learn(item(4, "CLOSED"), 100, 9_000, false)).toBe(true);
    expect(known.isOpen).toBe(false);
  });

  test("is changed by whatever refused a write, for that is never old", () => {
    const known = knowing();
    known.learn(undefined, 3_000, 3_010, true);
    expect(known.item).toBeUndefined();
  });

  test("holds again when the store is back, after the environment had gone by itself", () => {
    const known = knowing();
    known.overrule();
    expect(known.isOpen).toBe(false);
    known.learn(item(3, "OPEN", "newer"), 3_000, 3_010, false);
    expect(known.isOpen).toBe(true);
  });
});

describe("an own circuit that follows the shared one", () => {
  function followed() {
    const own = circuit(
      { trip: consecutiveFailures(1), halfOpenAfterMs: 10_000, probeTimeoutMs: 1_000, probesToClose: 1 },
      () => {},
    );
    return own;
  }

  test("stays open until it is told", () => {
    const own = followed();
    own.follow("open");
    expect(own.state(3_600_000)).toBe("open");
    own.follow("closed");
    expect(own.state(3_600_000)).toBe("closed");
  });

  test("forgets calls that began before", () => {
    const own = followed();
    const early = own.admit(0);
    own.follow("open");
    own.follow("closed");
    own.failed(early, { now: () => 10 }, 0);
    expect(own.state(10)).toBe("closed");
  });

  test("stays isolated where a hand has isolated it here", () => {
    const own = followed();
    own.byHand("isolated", 0);
    own.follow("open");
    own.follow("closed");
    expect(own.state(10)).toBe("isolated");
  });
});
