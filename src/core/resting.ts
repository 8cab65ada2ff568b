import { type Call, scopeOf } from "./call.ts";
import { started } from "./wrap.ts";

/** Runs `next` on a derived call, and gives back what that call has subscribed to once it has settled. */
export function resting<T, C extends Call>(own: C, next: (call: C) => Promise<T>): Promise<T> {
  const scope = scopeOf(own);
  return started(next, own).then(
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
