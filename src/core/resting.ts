import { type Call, scopeOf } from "./call.ts";
import { settled } from "./wrap.ts";

/** Runs `next` on a derived call, and gives back what that call has subscribed to once it has settled. */
export function resting<T, C extends Call>(own: C, next: (call: C) => Promise<T>): Promise<T> {
  const scope = scopeOf(own);
  return settled((_, c: C) => next(c), undefined, own).then(
    (result) => {
      scope.rest();
      return result;
    },
    (error) => {
      scope.rest();
      throw error;
    },
  );
}
