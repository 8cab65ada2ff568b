import { type Call, deriveCall, openCall, report, runtimeOf, scopeOf } from "../../core/call.ts";
import type { TimerUse } from "../../core/scope.ts";
import { within } from "../../core/within.ts";
import { started } from "../../core/wrap.ts";

/**
 * Runs work beside a call, on a call of its own that ends after `capMs`: then it is aborted and rejects, whether or not it listens.
 *
 * What it reports is told to the caller's observers. The caller's call may settle before it: a read that were aborted then would never be
 * done beside a fast dependency. With `free` the
 * timer does not keep the process alive. A freeze in between is over at the thaw, when the cap has passed.
 */
export function aside<T>(
  call: Call,
  capMs: number,
  timer: TimerUse,
  work: (own: Call) => Promise<T>,
): Promise<T> {
  const runtime = runtimeOf(call);
  const root = openCall({ runtime, deadlineMs: runtime.now() + capMs });
  const own = deriveCall(root, { observer: (fact) => report(call, fact) });
  const scope = scopeOf(own);
  return new Promise<T>((resolve, reject) => {
    scope.listen(reject, undefined, timer);
    started(work, own).then(
      (answer) => {
        scope.end();
        resolve(answer);
      },
      (error) => {
        scope.end();
        reject(error);
      },
    );
  });
}

/**
 * Waits for something `ms` at most, and no longer than half of what the call has left: what a store does must not become the caller's timeout.
 * Never rejects.
 */
export function briefly(call: Call, ms: number, work: Promise<unknown>): Promise<void> {
  const nowMs = runtimeOf(call).now();
  const untilMs = nowMs + Math.min(ms, (call.deadlineMs - nowMs) / 2);
  return within(call, untilMs, undefined, () => work).then(ignore, ignore);
}

function ignore(): void {}
