import type { Runtime } from "../core/runtime/runtime.ts";
import type { Trip } from "./trip.ts";

/**
 * `closed`: calls go through and are counted. `open`: they are refused until the cooldown is over. `half-open`: one probe
 * at a time goes through. `isolated`: somebody has taken it out of service until somebody closes it.
 */
export type CircuitState = "closed" | "open" | "half-open" | "isolated";

/** How a circuit changes. */
export interface CircuitRules {
  readonly trip: Trip;
  readonly halfOpenAfterMs: number;
  readonly probeTimeoutMs: number;
  /** Probes in a row that must succeed before it closes. */
  readonly probesToClose: number;
}

/** What a call is told when it comes: it goes through, as a probe or not, or it is refused. */
export type Admission =
  | { readonly admitted: true; readonly isProbe: boolean; readonly generation: number }
  | { readonly admitted: false; readonly retryAfterMs: number };

/** What changed, and why. */
export interface Transition {
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly why:
    | "tripped"
    | "cooled-down"
    | "probe-failed"
    | "probe-timed-out"
    | "probes-succeeded"
    | "by-hand"
    /** The circuit that the fleet shares has changed. */
    | "shared";
}

/** Read only where the time matters. */
export type Clock = Pick<Runtime, "now">;

/** A circuit's state, and all that changes it. Times come in as arguments: there is no timer, so nothing is stale after a freeze. */
export interface Circuit {
  /** With what calls go through while it is closed, whatever the time. */
  readonly pass: Admission | undefined;
  /** Isolated by a hand in this process, whatever the fleet's circuit is. */
  readonly isApart: boolean;
  state(nowMs: number): CircuitState;
  admit(nowMs: number): Admission;
  /** What became of a call that was admitted, and whether it counts: one of an earlier state of the circuit changes nothing any more. */
  succeeded(admission: Admission, clock: Clock, beganMs: number): boolean;
  failed(admission: Admission, clock: Clock, beganMs: number): boolean;
  /** It says nothing of the dependency: a probe's place is free again. */
  forget(admission: Admission): void;
  byHand(to: "closed" | "open" | "isolated", nowMs: number): void;
  /** Goes with the circuit that the fleet shares: open, it stays so until it is told. One that was isolated here by hand stays that. */
  follow(to: "closed" | "open" | "isolated"): void;
}

const ENDLESS = Number.POSITIVE_INFINITY;

export function circuit(rules: CircuitRules, changed: (transition: Transition) => void): Circuit {
  let state: CircuitState = "closed";
  let counts = rules.trip.begin();
  /** Counts up with every change: what was admitted before it is late. */
  let generation = 0;
  let halfOpenAtMs = 0;
  let probeUntilMs: number | undefined;
  let probesSucceeded = 0;
  let isFollowing = false;
  let pass = { admitted: true, isProbe: false, generation } as const satisfies Admission;

  function become(to: CircuitState, why: Transition["why"]): void {
    const from = state;
    state = to;
    isFollowing = false;
    generation += 1;
    pass = { admitted: true, isProbe: false, generation };
    probeUntilMs = undefined;
    if (to !== "half-open") probesSucceeded = 0;
    if (to === "closed") counts = rules.trip.begin();
    if (from !== to) changed({ from, to, why });
  }

  function open(fromMs: number, why: Transition["why"]): void {
    halfOpenAtMs = fromMs + rules.halfOpenAfterMs;
    become("open", why);
  }

  /** What time alone has changed since somebody last looked. */
  function pastChanges(nowMs: number): void {
    if (state === "half-open" && probeUntilMs !== undefined && nowMs >= probeUntilMs) {
      open(probeUntilMs, "probe-timed-out");
    }
    if (isFollowing) return;
    // A clock that was put back must not keep it open for longer than a cooldown.
    if (state === "open" && (nowMs >= halfOpenAtMs || nowMs < halfOpenAtMs - rules.halfOpenAfterMs)) {
      become("half-open", "cooled-down");
    }
  }

  function isLate(admission: Admission): boolean {
    return !admission.admitted || admission.generation !== generation;
  }

  return {
    get pass() {
      return state === "closed" ? pass : undefined;
    },
    state(nowMs) {
      pastChanges(nowMs);
      return state;
    },
    admit(nowMs) {
      if (state === "closed") return pass;
      pastChanges(nowMs);
      if (state === "isolated") return { admitted: false, retryAfterMs: ENDLESS };
      if (state === "open") return { admitted: false, retryAfterMs: halfOpenAtMs - nowMs };
      if (probeUntilMs !== undefined) return { admitted: false, retryAfterMs: probeUntilMs - nowMs };
      probeUntilMs = nowMs + rules.probeTimeoutMs;
      return { admitted: true, isProbe: true, generation };
    },
    get isApart() {
      return state === "isolated" && !isFollowing;
    },
    succeeded(admission, clock, beganMs) {
      if (isLate(admission)) return false;
      if (state === "closed") {
        const nowMs = counts.timed ? clock.now() : 0;
        if (counts.succeeded(nowMs, nowMs - beganMs)) open(clock.now(), "tripped");
        return true;
      }
      probeUntilMs = undefined;
      probesSucceeded += 1;
      if (probesSucceeded >= rules.probesToClose) become("closed", "probes-succeeded");
      return true;
    },
    failed(admission, clock, beganMs) {
      if (isLate(admission)) return false;
      const nowMs = clock.now();
      if (state !== "closed") open(nowMs, "probe-failed");
      else if (counts.failed(nowMs, counts.timed ? nowMs - beganMs : 0)) open(nowMs, "tripped");
      return true;
    },
    forget(admission) {
      if (!isLate(admission) && state === "half-open") probeUntilMs = undefined;
    },
    byHand(to, nowMs) {
      if (to === "open") open(nowMs, "by-hand");
      else become(to, "by-hand");
    },
    follow(to) {
      if (state === "isolated" && !isFollowing) return;
      become(to, "shared");
      isFollowing = to !== "closed";
    },
  };
}
