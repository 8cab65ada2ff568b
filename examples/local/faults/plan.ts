import type { ServiceName } from "../services.ts";

/**
 * What goes wrong on purpose in a run, as a value: nothing in it is a function, so it can be printed when a run fails
 * and given again with `--faults`. Each fault is drawn from the run's seed.
 */
export interface FaultPlan {
  /** Beneath the client's own retry, between a function and a service. */
  readonly requests?: readonly RequestFault[];
  /** Entries of an otherwise good PutEvents that EventBridge refuses. */
  readonly entries?: readonly EntryFault[];
  /** In the middle of a function's run. */
  readonly invocations?: readonly InvocationFault[];
  /** To what a source delivers to a function. */
  readonly deliveries?: readonly DeliveryFault[];
  /** To an environment, for as long as it lives. */
  readonly environments?: readonly EnvironmentFault[];
  /** To systems outside the account. */
  readonly thirdParties?: readonly ThirdPartyFault[];
}

interface Drawn {
  /** From 0 to 1; 1 by default. Of the candidates, this share is hit. */
  readonly chance?: number;
  /** Only this candidate, counted from 1: the third PutItem, the first run of a function. */
  readonly nth?: number;
}

/**
 * - `lose-request`: the connection is reset, and the service never hears of it;
 * - `lose-reply`: the service does the work, and the client sees a reset connection;
 * - `cut-reply`: the service does the work, and its answer breaks off half-way;
 * - `delay-reply`: the service does the work at once, and its answer comes `delayMs` later (real milliseconds);
 * - `throttle`: the service's own throttling error, and nothing done;
 * - `fail`: 500 with the service's own internal error, and nothing done;
 * - `fail-in-body`: S3's answer 200 with an error in its body, and nothing done.
 */
export const REQUEST_FATES = [
  "lose-request",
  "lose-reply",
  "cut-reply",
  "delay-reply",
  "throttle",
  "fail",
  "fail-in-body",
] as const;
export type RequestFate = (typeof REQUEST_FATES)[number];

export interface RequestFault extends Drawn {
  readonly do: RequestFate;
  readonly service: ServiceName;
  /** `UpdateItem`; any operation by default. */
  readonly operation?: string;
  /** Only requests whose path holds this: `/chunks/refused-`, a part of an S3 key. Any path by default. */
  readonly path?: string;
  readonly delayMs?: number;
}

export interface EntryFault extends Drawn {
  /** `ThrottlingException`, `InternalFailure`. */
  readonly code: string;
}

/**
 * When in a run: real milliseconds from its start, a moment drawn from the first so many milliseconds, the n-th time
 * that an awaited promise goes on, one of the first so many times, or when the handler is done and its answer has not been
 * sent.
 */
export type Moment =
  | { readonly afterMs: number }
  | { readonly withinMs: number }
  | { readonly atAwait: number }
  | { readonly withinAwaits: number }
  | "before-answer";

export interface InvocationFault extends Drawn {
  /** `kill`: SIGKILL. `freeze`: SIGSTOP, and SIGCONT `forMs` later, also when the function's time is up by then. */
  readonly do: "kill" | "freeze";
  /** The function's logical id. */
  readonly function: string;
  readonly at: Moment;
  readonly forMs?: number;
  /** Up to which delivery of the same event; 1 by default, so that a run comes to an end. */
  readonly attempts?: number;
}

export interface DeliveryFault extends Drawn {
  /**
   * - `duplicate`: what succeeded is delivered once more;
   * - `reorder`: the records of a batch come in another order (never those of a stream or a FIFO queue), and an
   *   asynchronous event is overtaken by later ones.
   */
  readonly do: "duplicate" | "reorder";
  readonly function: string;
}

export interface EnvironmentFault extends Drawn {
  readonly do: "skew-clock";
  readonly function: string;
  /** Real milliseconds that its clock is ahead; negative: behind. */
  readonly byMs: number;
}

export interface ThirdPartyFault extends Drawn {
  /**
   * `slow`: answers `delayMs` later. `fail`: answers `status`, `delayMs` later if that is given. `dead`: resets the
   * connection. `lose-reply`: does the work, and resets the connection instead of answering.
   */
  readonly do: "slow" | "fail" | "dead" | "lose-reply";
  /** The scenario's name for it: `accounting`. */
  readonly name: string;
  readonly delayMs?: number;
  /** 503 by default. */
  readonly status?: number;
  /** Of `fail`: the answer's `Retry-After`, in whole seconds. */
  readonly retryAfterS?: number;
  /** One hit is followed by so many more requests with the same fate, less one: a burst. 1 by default. */
  readonly times?: number;
  /** Only from here on, in real milliseconds since the first request. */
  readonly fromMs?: number;
  readonly untilMs?: number;
}
