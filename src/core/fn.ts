import type { Call } from "./call-shape.ts";

/** The one shape everything has: a function of one input and a call. */
export type Fn<I, R, C extends Call = Call> = (input: I, call: C) => Promise<R>;
