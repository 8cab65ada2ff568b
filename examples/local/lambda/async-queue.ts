import type { CloudClock, Deliver, Observe } from "../services.ts";
import { type AsyncProgress, afterAsyncFailure, type GiveUpCondition } from "./async-policy.ts";
import {
  type AsyncEvent,
  busAttributes,
  deadLetterAttributes,
  destinationRecord,
  errorMessageOf,
} from "./async-record.ts";
import type { InvokeResult, LambdaFaults } from "./invocation.ts";

/** Lambda's own queue in front of asynchronously invoked functions. */
export interface AsyncQueue {
  /** Takes an event; it will run at least once, or end at a destination or in a `dropped` fact. */
  accept(event: AsyncEvent): void;
  /** Events accepted and not yet finished, including those that wait for a retry. */
  pending(): number;
  /** Forgets what waits. */
  stop(): void;
}

/** So long may an event be held back for later ones to overtake it, in the cloud's time. */
const LONGEST_HELD_MS = 5_000;

export function createAsyncQueue(options: {
  readonly invoke: (event: AsyncEvent, attempt: number) => Promise<InvokeResult>;
  readonly deliver: Deliver;
  readonly clock: CloudClock;
  readonly observe: Observe;
  readonly faults?: Pick<LambdaFaults, "duplicate" | "reorder">;
}): AsyncQueue {
  const { clock, observe, faults } = options;
  const timers = new Set<() => void>();
  let pending = 0;
  let stopped = false;

  function after(delayMs: number, fn: () => void): void {
    const cancel = clock.after(delayMs, () => {
      timers.delete(cancel);
      fn();
    });
    timers.add(cancel);
  }

  async function attempt(event: AsyncEvent, acceptedAt: number, before: AsyncProgress): Promise<void> {
    const result = await options.invoke(event, before.errors + 1);
    if (stopped) return;
    if (result.status === "ok") {
      const { onSuccessArn } = event.fn.asyncInvoke;
      if (onSuccessArn !== undefined) {
        const record = destinationRecord(event, "Success", before.errors + 1, result, clock.now());
        await send(event, onSuccessArn, record, undefined, busAttributes(event, onSuccessArn, "Success"));
      }
      await duplicate(event, before.errors + 1);
      return finish();
    }
    const failure = result.status === "error" ? "error" : "throttled";
    const progress: AsyncProgress = {
      errors: before.errors + (failure === "error" ? 1 : 0),
      throttles: failure === "error" ? 0 : before.throttles + 1,
      ageMs: (clock.now() - acceptedAt) * clock.speed,
    };
    const decision = afterAsyncFailure(failure, progress, {
      ...event.fn.asyncInvoke,
      reservedConcurrency: event.fn.reservedConcurrency,
    });
    if (decision.next === "give-up") return giveUp(event, decision.condition, progress, result);
    after(decision.delayMs, () => {
      observe({ type: "async-retry", functionName: event.fn.name, attempt: progress.errors + 1 });
      void attempt(event, acceptedAt, progress);
    });
  }

  /** What a second delivery comes to changes nothing: the first has succeeded. */
  async function duplicate(event: AsyncEvent, attempts: number): Promise<void> {
    if (faults?.duplicate(event.fn.name) !== true) return;
    observe({ type: "duplicate", functionName: event.fn.name, records: 1 });
    await options.invoke(event, attempts + 1);
  }

  async function giveUp(
    event: AsyncEvent,
    condition: GiveUpCondition,
    progress: AsyncProgress,
    last: InvokeResult,
  ): Promise<void> {
    const { onFailureArn, deadLetterArn } = event.fn.asyncInvoke;
    const cause = last.status === "error" ? errorMessageOf(last.payload) : last.status;
    const reason = `${condition}: ${cause}`;
    const sent: boolean[] = [];
    if (onFailureArn !== undefined) {
      const record = destinationRecord(event, condition, progress.errors, last, clock.now());
      const attributes = busAttributes(event, onFailureArn, "Failure");
      sent.push(await send(event, onFailureArn, record, reason, attributes));
    }
    if (deadLetterArn !== undefined) {
      sent.push(await send(event, deadLetterArn, event.payload, reason, deadLetterAttributes(event, last)));
    }
    if (sent.length === 0) observe({ type: "dropped", from: event.fn.name, reason });
    finish();
  }

  /** With a reason it is a dead letter. What a destination does not take is lost, as on AWS, and said so. */
  async function send(
    event: AsyncEvent,
    arn: string,
    payload: string,
    reason?: string,
    attributes?: Readonly<Record<string, string>>,
  ): Promise<boolean> {
    const from = event.fn.name;
    try {
      await options.deliver(arn, payload, attributes);
      if (reason !== undefined) observe({ type: "dead-letter", from, to: arn, reason });
      return true;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      observe({ type: "dropped", from, reason: `${arn} took no record of ${event.requestId}: ${why}` });
      return false;
    }
  }

  function finish(): void {
    pending -= 1;
  }

  return {
    accept(event) {
      pending += 1;
      const held = faults?.reorder(event.fn.name);
      if (held !== undefined) observe({ type: "reordered", functionName: event.fn.name, records: 1 });
      const acceptedAt = clock.now();
      after((held ?? 0) * LONGEST_HELD_MS, () => {
        void attempt(event, acceptedAt, { errors: 0, throttles: 0, ageMs: 0 });
      });
    },
    pending: () => pending,
    stop() {
      stopped = true;
      for (const cancel of timers) cancel();
      timers.clear();
    },
  };
}
