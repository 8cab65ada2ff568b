import type { Call } from "./call-shape.ts";

/**
 * Something done round a function that never changes its types: `T` goes through untouched.
 *
 * `I` and `R` are only what the policy needs to look at. `next` may be called again, with a derived call.
 * A policy is a plain value, made once and shared; what it remembers between calls is its own.
 *
 * @example
 * ```ts
 * const counted: Policy = {
 *   name: "counted",
 *   run(input, call, next) {
 *     calls.add(1);
 *     return next(call);
 *   },
 * };
 * ```
 */
export interface Policy<in I = unknown, in R = unknown> {
  readonly name: string;
  run<T extends R, C extends Call>(input: I, call: C, next: (call: C) => Promise<T>): Promise<T>;
}
