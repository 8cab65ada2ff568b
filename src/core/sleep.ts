import { type Call, scopeOf } from "./call.ts";

/**
 * Waits `ms` milliseconds, and rejects as soon as the call is over.
 *
 * Keeps the process alive: someone is waiting for what comes next.
 *
 * @example
 * ```ts
 * await sleep(call, 200);
 * ```
 */
export function sleep(call: Call, ms: number): Promise<void> {
  const scope = scopeOf(call);
  return new Promise((resolve, reject) => {
    let cancel = (): void => {};
    const stop = (reason: unknown): void => {
      cancel();
      reject(reason);
    };
    // A call that has ended refuses what comes after the sleep anyway, so there is nothing to wait for.
    const leave = scope.listen(stop, () => {
      const reason = scope.refusal();
      if (reason !== undefined) stop(reason);
    });
    if (scope.refusal() !== undefined) return;
    cancel = scope.runtime.setTimer(
      ms,
      () => {
        leave();
        // After a freeze this timer comes first, and the deadline may have passed as well.
        const reason = scope.refusal();
        if (reason === undefined) resolve();
        else reject(reason);
      },
      true,
    );
  });
}
