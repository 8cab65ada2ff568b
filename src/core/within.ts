import { type Call, deriveCall, scopeOf } from "./call.ts";
import { settled } from "./wrap.ts";

/**
 * Runs `next` until a point in time: past it, or when the call is aborted, the promise rejects whether or not
 * `next` listens, the derived call's signal aborts, and wrapped functions refuse to start through it.
 */
export function within<T, C extends Call>(
  call: C,
  deadlineMs: number,
  overdue: (() => unknown) | undefined,
  next: (call: C) => Promise<T>,
): Promise<T> {
  const inner = deriveCall(call, overdue === undefined ? { deadlineMs } : { deadlineMs, overdue });
  const scope = scopeOf(inner);
  return new Promise<T>((resolve, reject) => {
    let over = false;
    const stop = (reason: unknown): void => {
      over = true;
      reject(reason);
    };
    scope.listen(stop, undefined, "hold");
    if (over) return;
    settled((_, c: C) => next(c), undefined, inner).then(
      (result) => {
        scope.rest();
        resolve(result);
      },
      (error) => {
        scope.rest();
        reject(error);
      },
    );
  });
}
