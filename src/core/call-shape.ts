/**
 * What the moment allows a function: until when it may run, whether it was told to stop, which attempt this is.
 *
 * A call is passed on explicitly; nothing is ambient, so invocations interleaved in one process share nothing.
 * Inside Lambda `wrapHandler` makes it; elsewhere `rootCall()` does. To change it for what lies beneath, use
 * `deriveCall`: `signal` is made only when it is read, so spreading a call would lose it, and does not compile.
 *
 * (An abstract class for the sake of that last sentence; as a type it is structural, and any object with these
 * three members is a call.)
 */
export abstract class Call {
  /** Aborts when the call must stop. */
  abstract get signal(): AbortSignal;
  /** Epoch milliseconds by which the call must have settled; `Infinity` when nothing limits it. */
  abstract get deadlineMs(): number;
  /** 1 for the first attempt; `retry` counts up. */
  abstract readonly attempt: number;
}
