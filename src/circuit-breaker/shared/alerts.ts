import { type Call, runtimeOf } from "../../core/call.ts";
import { sleep } from "../../core/sleep.ts";
import { ALERT_MS } from "./item.ts";
import type { Knowledge } from "./knowledge.ts";
import type { Link } from "./link.ts";
import { nextIntervalMs, TRIP_WEIGHT, verdictOf, weightOf } from "./score.ts";

/** How the environments find out whether what one of them saw is true of all. */
export interface Alerts {
  /** Counts, while there is an alert. */
  saw(failed: boolean): void;
  /** Beside the call: adds what was counted to the others' counts, when it is time. */
  report(call: Call, nowMs: number): void;
  /** This environment's own circuit has opened: raises the alert, or adds its weight to one. */
  raise(call: Call): Promise<void>;
}

/** Those that trip at the same moment come one after the other. */
const MOST_JITTER_MS = 50;
const FIRST_INTERVAL_MS = 500;
/** How much longer than its alert a count is kept. */
const COUNT_KEPT_MS = 3_600_000;

export function alerts(store: Link, known: Knowledge): Alerts {
  /** The alert that is being counted for. */
  let alert = "";
  let failures = 0;
  let successes = 0;
  let reportAtMs = 0;
  let intervalMs = FIRST_INTERVAL_MS;
  let isReporting = false;

  function begin(name: string, call: Call, nowMs: number): void {
    alert = name;
    failures = 0;
    successes = 0;
    intervalMs = FIRST_INTERVAL_MS;
    reportAtMs = nowMs + runtimeOf(call).random() * intervalMs;
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
    if (verdict !== undefined) await store.write({ type: verdict, alert: item.alert }, own);
  }

  return {
    saw(failed) {
      if (alert === "") return;
      if (failed) failures += 1;
      else successes += 1;
    },
    report(call, nowMs) {
      if (!known.isAlerted(nowMs)) {
        alert = "";
        return;
      }
      const { alert: now = "" } = known.item ?? {};
      if (alert !== now) begin(now, call, nowMs);
      if (isReporting || failures + successes === 0 || nowMs < reportAtMs) return;
      isReporting = true;
      void store
        .tried(call, "free", async (own) => {
          // In a large fleet it is mostly decided by then, and a read costs less than a write that nobody needs.
          await store.read(own);
          if (known.item?.alert !== alert || !known.isAlerted(runtimeOf(own).now())) return;
          const weight = weightOf(failures, successes);
          failures = 0;
          successes = 0;
          await add(weight, own);
        })
        .then(() => {
          isReporting = false;
        });
    },
    async raise(call) {
      let hasRaised = false;
      const hasLooked = await store.tried(call, "hold", async (own) => {
        await sleep(own, runtimeOf(own).random() * MOST_JITTER_MS);
        await store.read(own);
      });
      if (!hasLooked) return;
      if (!known.isAlerted(runtimeOf(call).now())) {
        await store.tried(call, "hold", async (own) => {
          hasRaised = await store.write({ type: "tripped" }, own);
        });
      }
      if (hasRaised || !known.isAlerted(runtimeOf(call).now())) return;
      await store.tried(call, "hold", (own) => add(TRIP_WEIGHT, own));
    },
  };
}
