import { type Call, runtimeOf } from "../../core/call.ts";
import { sleep } from "../../core/sleep.ts";
import { ALERT_MS, isQuiet } from "./item.ts";
import type { Knowledge } from "./knowledge.ts";
import type { Link } from "./link.ts";
import { nextIntervalMs, TRIP_WEIGHT, verdictOf, weightOf } from "./score.ts";

/**
 * How the environments find out whether what one of them saw is true of all.
 *
 * Those that fail would know of an alert first, and an outage of a few would look like one of all. So an environment's outcomes count only when it found the
 * alert by a look that was due anyway, whatever became of its calls: then it is a witness, and those who are well are heard as soon as those who are not.
 */
export interface Alerts {
  /** A look that was due begins beside a call: the call's own outcome counts already, if the look finds an alert. */
  beginsLook(): void;
  /** It has ended, or failed. */
  endsLook(call: Call, hasRead: boolean): void;
  /** A call has ended. What is given is worth waiting for: the others hear of it by that. */
  saw(failed: boolean, call: Call): Promise<unknown> | undefined;
  /** This environment's own circuit has opened, for the first time or `again`: raises the alert, or adds its weight to one. */
  tripped(call: Call, again: boolean): Promise<void>;
}

/** Those that trip at the same moment come one after the other. */
const MOST_JITTER_MS = 10;
const FIRST_INTERVAL_MS = 500;
/** A look so young need not be repeated to know that a report is still needed. */
const FRESH_MS = 250;
/** How much longer than its alert a count is kept. */
const COUNT_KEPT_MS = 3_600_000;

/** `suspiciousAfter`: failures in a row, of which fewer than trip it. They come about by chance, but seldom, and an alert costs little. */
export function alerts(store: Link, known: Knowledge, suspiciousAfter: number): Alerts {
  let inRow = 0;
  let isLooking = false;
  /** The alert that this environment is a witness for. */
  let alert = "";
  let failures = 0;
  let successes = 0;
  let lookedMs = 0;
  let reportAtMs = 0;
  let intervalMs = FIRST_INTERVAL_MS;
  let isReporting = false;

  function isWitness(nowMs: number): boolean {
    return alert !== "" && known.item?.alert === alert && known.isAlerted(nowMs);
  }

  /** The reply of whoever's report decides it makes that one decide it for all. */
  async function add(weight: number, own: Call): Promise<void> {
    const { item } = known;
    if (item === undefined) return;
    const counted = await store.count(item.alert, weight, item.alertUntilMs + COUNT_KEPT_MS, own);
    const runtime = runtimeOf(own);
    const nowMs = runtime.now();
    intervalMs = nextIntervalMs(intervalMs, counted.reports, nowMs - (item.alertUntilMs - ALERT_MS));
    reportAtMs = nowMs + intervalMs * (0.5 + runtime.random());
    const verdict = verdictOf(counted);
    if (verdict === undefined) return;
    // Whoever decided it may have stopped right then: those who come after look, and do it in its place.
    const before = { score: counted.score - weight, reports: counted.reports - 1 };
    if (verdictOf(before) === verdict) await store.read(own);
    await store.write({ type: verdict, alert: item.alert }, own);
  }

  /** In a large fleet it is mostly decided a moment later, and a read costs less than a write that nobody needs. */
  async function report(own: Call): Promise<void> {
    if (runtimeOf(own).now() - lookedMs > FRESH_MS) await store.read(own);
    if (!isWitness(runtimeOf(own).now()) || failures + successes === 0) return;
    const weight = weightOf(failures, successes);
    failures = 0;
    successes = 0;
    await add(weight, own);
  }

  function reported(call: Call): Promise<unknown> {
    isReporting = true;
    return store.tried(call, "hold", report).then(() => {
      isReporting = false;
    });
  }

  async function raise(type: "suspected" | "tripped", call: Call, weight = 0): Promise<void> {
    let hasRaised = false;
    const hasLooked = await store.tried(call, "hold", async (own) => {
      await sleep(own, runtimeOf(own).random() * MOST_JITTER_MS);
      await store.read(own);
    });
    if (!hasLooked) return;
    if (!known.isAlerted(runtimeOf(call).now())) {
      await store.tried(call, "hold", async (own) => {
        hasRaised = await store.write({ type }, own);
      });
    }
    if (hasRaised || weight === 0 || !known.isAlerted(runtimeOf(call).now())) return;
    // A witness has told it already, or tells it with its next report.
    if (isWitness(runtimeOf(call).now())) await reported(call);
    else await store.tried(call, "hold", (own) => add(weight, own));
  }

  return {
    beginsLook() {
      isLooking = true;
      if (alert !== "") return;
      failures = 0;
      successes = 0;
    },
    endsLook(call, hasRead) {
      if (!isLooking) return;
      isLooking = false;
      const nowMs = runtimeOf(call).now();
      if (!hasRead || !known.isAlerted(nowMs)) {
        alert = "";
        return;
      }
      lookedMs = nowMs;
      const { alert: now = "" } = known.item ?? {};
      if (alert === now) return;
      // What was counted for another alert says nothing of this one.
      if (alert !== "") {
        failures = 0;
        successes = 0;
      }
      alert = now;
      intervalMs = FIRST_INTERVAL_MS;
      reportAtMs = nowMs;
    },
    saw(failed, call) {
      inRow = failed ? inRow + 1 : 0;
      const counts = isLooking || alert !== "";
      if (counts) {
        if (failed) failures += 1;
        else successes += 1;
        const nowMs = runtimeOf(call).now();
        if (!isReporting && nowMs >= reportAtMs && isWitness(nowMs)) return reported(call);
      }
      if (inRow !== suspiciousAfter) return undefined;
      const { item } = known;
      const nowMs = runtimeOf(call).now();
      if (known.isAlerted(nowMs) || (item !== undefined && isQuiet(item, "suspected", nowMs)))
        return undefined;
      return raise("suspected", call);
    },
    // One whose own probe fails says no more than before.
    tripped: (call, again) => raise(again ? "suspected" : "tripped", call, TRIP_WEIGHT),
  };
}
