import { type Call, refusal, report, runtimeOf } from "../../core/call.ts";
import type { TimerUse } from "../../core/scope.ts";
import type { CircuitFact } from "../facts.ts";
import { aside } from "./aside.ts";
import { nextShared, type SharedCircuit, type SharedEvent, type SharedRules } from "./item.ts";
import type { Knowledge } from "./knowledge.ts";
import type { AlertCount } from "./score.ts";
import type { CircuitStore } from "./store.ts";

/** The store, as one circuit uses it: what it answers is known from then on. */
export interface Link {
  /** Whether the store's work was done within its cap. It never rejects: the trouble is told as a fact, on the call that met it. */
  tried(call: Call, timer: TimerUse, work: (own: Call) => Promise<unknown>): Promise<boolean>;
  read(own: Call): Promise<void>;
  /** What an event makes of `from` (what is known, unless told otherwise); whether it was written. `began` is told the token before it is sent. */
  write(
    event: SharedEvent,
    own: Call,
    from?: SharedCircuit,
    began?: (token: string) => void,
  ): Promise<boolean>;
  /** While the store is away: this environment has found out for itself that all is well. */
  overrule(call: Call): void;
  count(alert: string, weight: number, expiresAtMs: number, own: Call): Promise<AlertCount>;
}

export interface LinkSettings {
  readonly name: string;
  readonly store: CircuitStore;
  readonly rules: SharedRules;
}

export function link(settings: LinkSettings, known: Knowledge, changed: (call: Call) => void): Link {
  const { name, store, rules } = settings;

  function learn(item: SharedCircuit | undefined, atMs: number, own: Call, isNewest: boolean): void {
    known.learn(item, atMs, runtimeOf(own).now(), isNewest);
    changed(own);
  }

  return {
    async tried(call, timer, work) {
      try {
        await aside(call, rules.storeTimeoutMs, timer, work);
        return true;
      } catch (error) {
        report(call, { type: "circuit.store-failed", name, store: store.name, error } satisfies CircuitFact);
        return false;
      }
    },
    async read(own) {
      const atMs = runtimeOf(own).now();
      // Many a store answers null for what is not there.
      learn((await store.read(name, own)) ?? undefined, atMs, own, false);
    },
    async write(event, own, from = known.item, began) {
      const runtime = runtimeOf(own);
      const atMs = runtime.now();
      const next = nextShared(from, event, atMs, rules);
      if (next === undefined) return false;
      const item = { ...next, token: runtime.newId() };
      began?.(item.token);
      const answer = await store.replace(name, from?.token, item, own);
      // The client may have sent it twice, its first reply lost: then what refused the second is the first.
      if (answer.written || answer.found?.token === item.token) {
        learn(item, runtime.now(), own, false);
        return true;
      }
      // One that comes after its cap may be older than what was learnt since.
      if (refusal(own) === undefined) learn(answer.found ?? undefined, runtime.now(), own, true);
      return false;
    },
    overrule(call) {
      known.overrule();
      changed(call);
    },
    count: (alert, weight, expiresAtMs, own) => store.count(name, alert, { weight, expiresAtMs }, own),
  };
}
