import { type Call, deriveCall, hasCode } from "holdfast";
import type { IdempotencyStore, WithUnit } from "holdfast/idempotency";
import type { StepUnit } from "holdfast/idempotency/steps";
import type { Shape } from "./shapes.ts";
import type { Target } from "./target.ts";

/**
 * The control: the function as one would write it without steps, in a plain idempotent unit. Each run does everything, with
 * keys that it makes itself, and takes back what it remembers.
 */
export async function withoutSteps(
  shape: Shape,
  target: Target,
  call: Call & WithUnit,
  store: IdempotencyStore,
): Promise<string> {
  const { unit } = call;
  const owed: (() => Promise<unknown>)[] = [];
  const running: Promise<unknown>[] = [];
  const step: StepUnit["step"] = (name, fn, options) => {
    const answer = run(name, fn, options);
    running.push(answer);
    return answer;
  };
  const run: StepUnit["step"] = async (name, fn, { compensate } = {}) => {
    const result = await fn({ idempotencyKey: `${unit.fence} ${name}` });
    if (compensate !== undefined)
      owed.unshift(async () => compensate(result, { idempotencyKey: `${unit.fence} not ${name}` }));
    return result;
  };
  try {
    return await shape(target, deriveCall(call, {}, { unit: { ...unit, step } }), store);
  } catch (error) {
    await Promise.allSettled(running);
    if (hasCode(error, "TERMINAL")) for (const takeBack of owed) await takeBack();
    throw error;
  }
}
