import type { IdempotencyRecord } from "holdfast/idempotency";
import { decodeResult } from "../../../src/idempotency/codec.ts";
import { historyOf, type StepEntry } from "../../../src/idempotency/steps/entry.ts";

export type Effect = "step" | "compensation";

/** What the target knows of a step and of its compensation: the keys it was asked with, in the order of their arrival. */
type Asked = Map<string, { readonly of: string; readonly effect: Effect; times: number }>;

/** What must hold of a saga's record and of its effects, whoever does what when. */
export interface SagaRules {
  /** The record as it stands, after everything that may have changed it. */
  sees(record: IdempotencyRecord | undefined): void;
  /** The library calls a step's function, or a compensation with a step's result. `isLost`: this run could see that its lease is lost. */
  begins(effect: Effect, step: string, isLost: boolean, given?: unknown): void;
  /** The request of one arrives at the target, which does what is new to it and knows what is not. */
  arrives(effect: Effect, step: string, key: string): void;
  applies(): void;
  readonly broken: readonly string[];
  state(): string | undefined;
  checkEnd(): void;
}

export function sagaRules(): SagaRules {
  const broken: string[] = [];
  const asked: Asked = new Map();
  const everRecorded = new Map<string, StepEntry>();
  let record: IdempotencyRecord | undefined;
  let now: ReadonlyMap<string, StepEntry> = new Map();
  let isFailed = false;
  let applied = 0;

  function seesSteps(steps: ReadonlyMap<string, StepEntry>): void {
    for (const [name, entry] of steps) {
      const before = everRecorded.get(name);
      if (before !== undefined && (before.kept !== entry.kept || before.position !== entry.position))
        broken.push(`two results were recorded for step ${name}`);
      if (before?.state === "undone" && entry.state !== "undone")
        broken.push(`step ${name} was undone, and is ${entry.state} again`);
      everRecorded.set(name, entry);
    }
    for (const name of everRecorded.keys()) if (!steps.has(name)) broken.push(`step ${name} was forgotten`);
    now = steps;
  }

  function seesEnd(state: string): void {
    for (const [name, entry] of now) {
      if (state === "COMPLETED" && entry.state === "undone")
        broken.push(`completed, although step ${name} was undone`);
      if (state === "FAILED" && entry.state === "owed")
        broken.push(`failed for good, although step ${name} was not undone`);
    }
  }

  function keysOf(effect: Effect): readonly string[] {
    return Array.from(asked.values())
      .filter((one) => one.effect === effect)
      .map((one) => one.of);
  }

  return {
    broken,
    state: () => record?.state,
    sees(found) {
      const wasOver = record?.state === "COMPLETED" || record?.state === "FAILED";
      if (wasOver && (found?.state !== record?.state || found?.result !== record?.result))
        broken.push("an ended record was changed");
      record = found;
      if (found === undefined || wasOver) return;
      if (found.state === "COMPLETED" || found.state === "FAILED") return seesEnd(found.state);
      const { entries, failure } = historyOf(found.steps ?? {});
      if (isFailed && failure === undefined) broken.push("that it had failed was forgotten");
      isFailed ||= failure !== undefined;
      seesSteps(entries);
    },
    begins(effect, step, isLost, given) {
      if (isLost) broken.push(`the ${effect} of ${step} began although the run's lease was lost`);
      const entry = now.get(step);
      if (effect === "step") {
        if (isFailed) broken.push(`step ${step} was run although the unit had failed`);
        if (entry !== undefined) broken.push(`step ${step} was run again although it was recorded`);
        return;
      }
      if (!isFailed)
        broken.push(`step ${step} was compensated before it was recorded that the unit had failed`);
      if (entry?.state !== "owed") broken.push(`step ${step} was compensated, and is ${entry?.state}`);
      if (entry !== undefined && decodeResult(entry.kept) !== given)
        broken.push(`the compensation of ${step} was told another result than was recorded`);
      const later = Array.from(now.values()).filter(
        (one) => one.state === "owed" && one.position > (entry?.position ?? 0),
      );
      if (later.length > 0) broken.push(`step ${step} was compensated before one that came after it`);
    },
    arrives(effect, step, key) {
      const known = asked.get(key);
      if (known !== undefined && (known.of !== step || known.effect !== effect))
        broken.push("two effects had one key");
      if (known !== undefined) known.times += 1;
      else asked.set(key, { of: step, effect, times: 1 });
      if (effect === "compensation" && !keysOf("step").includes(step))
        broken.push(`step ${step} was compensated without having been done`);
    },
    applies() {
      if (isFailed) broken.push("a transaction was applied although the unit had failed");
      applied += 1;
    },
    checkEnd() {
      const done = keysOf("step");
      const undone = keysOf("compensation");
      if (new Set(done).size !== done.length || new Set(undone).size !== undone.length)
        broken.push("one effect had two keys");
      const state = record?.state;
      if (state === "COMPLETED" && undone.length > 0) broken.push("completed, and something was compensated");
      if (state === "FAILED" && done.some((step) => !undone.includes(step)))
        broken.push("failed, and something was not compensated");
      if (state !== "COMPLETED" && state !== "FAILED") broken.push(`it never came to an end: ${state}`);
      if (applied > (state === "COMPLETED" ? 1 : 0)) broken.push(`applied ${applied} times, and is ${state}`);
    },
  };
}
