import { type Call, deriveCall, scopeOf } from "./call.ts";
import { ignore } from "./scope.ts";
import { started } from "./wrap.ts";

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
  const inner = deriveCall(call, { deadlineMs, overdue });
  const scope = scopeOf(inner);
  return new Promise<T>((resolve, reject) => {
    let over = false;
    const abort = (reason: unknown): void => {
      over = true;
      reject(reason);
    };
    scope.tell({ abort, rest: ignore, moved: ignore }, "hold");
    if (over) return;
    started(next, inner).then(
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
