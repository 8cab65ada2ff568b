import { type Call, runtimeOf } from "../../core/call.ts";
import { briefly } from "./aside.ts";
import { leaseHolds, leaseMs, MAX_SKEW_MS, mayProbe, type SharedCircuit, type SharedRules } from "./item.ts";
import type { Knowledge } from "./knowledge.ts";
import type { Link } from "./link.ts";

/** A call that goes through an open circuit, for all. Both resolve when the others can know, or after the cap. */
export interface Probe {
  ended(failed: boolean, call: Call): Promise<void>;
  /** It says nothing of the dependency: its lease is given back. */
  forgotten(call: Call): Promise<void>;
}

/** Who sends the probe of an open circuit. */
export interface Election {
  /** How long this environment refuses its calls yet, without asking the store; 0: it may stand for election. */
  waitMs(nowMs: number): number;
  /** Won: the probe. Lost: when to come again. Undefined: the circuit is not open any more. */
  elect(call: Call): Promise<Probe | { readonly retryAfterMs: number } | undefined>;
}

export function election(store: Link, known: Knowledge, rules: SharedRules, readEveryMs: number): Election {
  /** One election, or one probe, at a time in this environment; by the clock, for the one who holds it may be frozen. */
  let busyUntilMs = 0;
  /** While nobody can be elected: when this environment may probe for itself, in this epoch. */
  let alone: { readonly epoch: number; readonly atMs: number } | undefined;

  function waitMs(nowMs: number): number {
    const untilMs = Math.max(known.probeAtMs, busyUntilMs);
    const cooldownMs = known.item === undefined ? 0 : known.item.untilMs - known.item.sinceMs;
    const mostMs = Math.max(cooldownMs, rules.halfOpenAfterMs, leaseMs(rules), 1.5 * readEveryMs);
    // A clock that was put back must not keep it waiting.
    return untilMs - nowMs > mostMs + 10 * MAX_SKEW_MS ? 0 : Math.max(0, untilMs - nowMs);
  }

  /** What is open stays open for a cooldown of this environment's own; then it looks for itself, once a cooldown. */
  function withoutStore(nowMs: number): Probe | { readonly retryAfterMs: number } {
    const { epoch = 0 } = known.item ?? {};
    const mayGo = (atMs: number): void => {
      alone = { epoch, atMs };
    };
    if (alone?.epoch !== epoch) mayGo(nowMs + rules.halfOpenAfterMs);
    const ownAtMs = alone?.atMs ?? 0;
    if (nowMs < ownAtMs) {
      known.probeAtMs = Math.min(ownAtMs, nowMs + readEveryMs);
      return { retryAfterMs: known.probeAtMs - nowMs };
    }
    mayGo(nowMs + rules.halfOpenAfterMs);
    known.probeAtMs = nowMs + rules.halfOpenAfterMs;
    busyUntilMs = nowMs + rules.probeTimeoutMs;
    return {
      async ended(failed, call) {
        busyUntilMs = 0;
        if (failed) return;
        // Where reads are answered and writes are not, the next look shows it open again: then it may go at once.
        mayGo(0);
        store.overrule(call);
      },
      async forgotten() {
        busyUntilMs = 0;
        known.probeAtMs = 0;
        mayGo(0);
      },
    };
  }

  function probeOf(lease: SharedCircuit): Probe {
    const tell = (type: "probe-succeeded" | "probe-failed" | "probe-forgotten", call: Call) => {
      busyUntilMs = 0;
      return store.tried(call, "hold", (own) => store.write({ type }, own, lease));
    };
    return {
      ended(failed, call) {
        const told = tell(failed ? "probe-failed" : "probe-succeeded", call).then((isTold) => {
          if (isTold) return;
          if (!failed) store.overrule(call);
          else known.probeAtMs = runtimeOf(call).now() + rules.halfOpenAfterMs;
        });
        return briefly(call, rules.storeTimeoutMs, told);
      },
      forgotten: (call) => briefly(call, rules.storeTimeoutMs, tell("probe-forgotten", call)),
    };
  }

  async function elect(call: Call): Promise<Probe | { readonly retryAfterMs: number } | undefined> {
    const runtime = runtimeOf(call);
    const lost = (): { readonly retryAfterMs: number } => ({
      retryAfterMs: Math.max(1, waitMs(runtime.now())),
    });
    busyUntilMs = runtime.now() + 2 * rules.storeTimeoutMs;
    const hasRead = await store.tried(call, "hold", (own) => store.read(own));
    if (!hasRead) return withoutStore(runtime.now());
    if (!known.isOpen || known.item === undefined) return undefined;
    const isLater = known.probeAtMs > runtime.now() && known.item.probeUntilMs <= runtime.now();
    if (!mayProbe(known.item, runtime.now(), rules) || isLater) {
      // Somebody was elected: the next time that nobody can be is another one.
      alone = undefined;
      return lost();
    }
    let token = "";
    const hasReply = await store.tried(call, "hold", (own) =>
      store.write({ type: "elected" }, own, known.item, (sent) => {
        token = sent;
      }),
    );
    // The claim may have been done, and its reply lost: then the item says so.
    if (!hasReply && !(await store.tried(call, "hold", (own) => store.read(own))))
      return withoutStore(runtime.now());
    if (known.item?.token !== token) {
      if (!known.isOpen) return undefined;
      // Reads that are answered and writes that are not would keep it open for ever: nobody can be elected.
      const isFree = known.item !== undefined && mayProbe(known.item, runtime.now(), rules);
      return !hasReply && isFree ? withoutStore(runtime.now()) : lost();
    }
    alone = undefined;
    const lease = known.item;
    // Right before it is sent: the claim may have taken its time, or the environment a rest.
    if (!leaseHolds(lease, runtime.now(), rules)) return lost();
    busyUntilMs = lease.probeUntilMs;
    return probeOf(lease);
  }

  return {
    waitMs,
    async elect(call) {
      const entry = await elect(call);
      if (entry === undefined || "retryAfterMs" in entry) busyUntilMs = 0;
      return entry;
    },
  };
}
