import { InvalidOptionError } from "../core/errors.ts";
import { checkRequiredOptions } from "../core/options.ts";
import type { AfterError } from "./endings.ts";
import type { KeyOf } from "./key.ts";
import { LEASE_WITHOUT_DEADLINE_MS } from "./lease-times.ts";
import type { ResultCache } from "./result-cache.ts";
import type { ResultKeeper } from "./results/keeper.ts";
import type { IdempotencyStore } from "./store.ts";

/** `I` is the function's input, `S` what a repeat is answered that is skipped (`inFlight`). Neither needs to be written. */
export interface IdempotentOptions<I, S = never> {
  readonly store: IdempotencyStore;
  /** What is done, in the words of the business: `post-ledger-entry`. Part of every key. */
  readonly operation: string;
  /**
   * What makes two events the same piece of work: an order's id, or several named parts, all at once or one function
   * each. Never a message id, which is new with every delivery. A missing key, or part, is refused.
   */
  readonly key: KeyOf<I>;
  /** Whose key it is: the same key of two tenants is two pieces of work. Must not be missing when it is asked for. */
  readonly tenant?: (input: I) => string | number | bigint | null | undefined;
  /** What must be equal when the key is: a difference is refused. Default: nothing is compared. */
  readonly payload?: (input: I) => unknown;
  /** `"error"` refuses an input without a key (`IDEMPOTENCY_KEY_MISSING`), `"run"` runs it without protection. Default: `"error"`. */
  readonly onMissingKey?: "error" | "run";
  /**
   * What becomes of a repeat while another run holds the key: `"throw"` refuses it (`IDEMPOTENCY_IN_PROGRESS`, with
   * `retryAfterMs`); `"wait"` asks again, jittered, for as long as the call's deadline allows, a write unit each time;
   * `{ skip: value }` answers with that value, for sources that come again anyway: a message so answered is gone, whatever
   * becomes of the first run. Default: `"throw"`.
   */
  readonly inFlight?: "throw" | "wait" | { readonly skip: S };
  /**
   * What becomes of a key whose run ended without a word: `"rerun"` lets the next one take over when the lease has
   * ended; `"block"` refuses (`IDEMPOTENCY_UNKNOWN_OUTCOME`) until someone settles it. Default: `"rerun"`.
   */
  readonly onAbandoned?: "rerun" | "block";
  /**
   * What becomes of the key when the function throws: `"release"`, the next delivery runs; `"remember"`, repeats get the
   * same error; `"unknown-outcome"`, nobody knows whether the work was done, and someone has to settle it.
   * Repeats get an Error with the same name, message, code and own members, not of the same class. Where it throws itself, or
   * says none of the three, nothing is written, and the key is held until its lease ends. Default: `"release"`, whatever was thrown.
   */
  readonly onError?: (error: unknown) => AfterError;
  /**
   * How long a key is held for a run that says nothing more, in milliseconds. Must be shorter than the source goes on
   * retrying. Default: until the call's deadline, and 500 ms more for clocks that differ; 60,000 without a deadline.
   */
  readonly leaseMs?: number;
  /**
   * How often a run says that it goes on, in milliseconds, when its deadline lies beyond its lease; false: never, and the
   * lease is lost when it ends. Default: a third of the lease.
   */
  readonly heartbeatMs?: number | false;
  /**
   * How long a key is remembered that was completed, or whose error is, in milliseconds: longer than any queue, archive or redrive can bring the
   * event back. Default: 14 days, the longest that an SQS queue keeps a message.
   */
  readonly rememberMs?: number;
  /** How results are kept: `resultKeeper(…)` encrypts them, or takes large ones elsewhere. Default: in the record, gzipped beyond 8 KB. */
  readonly results?: ResultKeeper;
  /** Completed results that this process remembers, so that their repeats ask nobody: `localCache()`. Default: none. */
  readonly cache?: ResultCache;
}

type Rule = readonly [isRight: (value: unknown) => boolean, what: string];

const optional =
  (isRight: (value: unknown) => boolean): ((value: unknown) => boolean) =>
  (value) =>
    value === undefined || isRight(value);
const oneOf = (...names: readonly string[]): Rule => [
  optional((value) => names.includes(value as string)),
  names.map((name) => `"${name}"`).join(" or "),
];
const isFunction = (value: unknown): boolean => typeof value === "function";
const ofInput: Rule = [optional(isFunction), "a function of the input"];
const milliseconds: Rule = [
  optional((value) => Number.isFinite(value) && (value as number) >= 1),
  "a number of at least 1",
];
const has =
  (...methods: readonly string[]) =>
  (value: unknown): boolean =>
    methods.every((method) => isFunction(Object(value)[method]));
const isEveryPart = (parts: readonly unknown[]): boolean => parts.length > 0 && parts.every(isFunction);
const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const RULES: Readonly<Record<keyof IdempotentOptions<unknown>, Rule>> = {
  store: [has("claim", "write"), "an idempotency store: dynamoDBStore(…) or memoryStore()"],
  operation: [
    (value) => typeof value === "string" && /^[\x20-\x7e]{1,100}$/.test(value) && !value.includes("#"),
    "a name of 1 to 100 ASCII characters without #",
  ],
  key: [
    (value) => isFunction(value) || (isObject(value) && isEveryPart(Object.values(value))),
    "a function of the input, or an object of such functions",
  ],
  tenant: ofInput,
  payload: ofInput,
  onMissingKey: oneOf("error", "run"),
  inFlight: [
    optional((value) => value === "throw" || value === "wait" || (isObject(value) && "skip" in value)),
    '"throw", "wait" or { skip: value }',
  ],
  onAbandoned: oneOf("rerun", "block"),
  onError: [optional(isFunction), "a function of the error"],
  leaseMs: milliseconds,
  heartbeatMs: [(value) => value === false || milliseconds[0](value), `${milliseconds[1]}, or false`],
  rememberMs: milliseconds,
  results: [optional(has("keep", "text")), "made by resultKeeper(…)"],
  cache: [optional(has("get", "set")), "made by localCache(…)"],
};

/** The options as they were given, or an error for the first that is wrong. */
export function checkedOptions<I, S>(
  where: string,
  options: IdempotentOptions<I, S>,
): IdempotentOptions<I, S> {
  checkRequiredOptions(where, options, Object.keys(RULES));
  for (const [name, [isRight, what]] of Object.entries(RULES)) {
    if (!isRight(options[name as keyof typeof options])) {
      throw new InvalidOptionError(where, `${name} must be ${what}`);
    }
  }
  const { leaseMs = LEASE_WITHOUT_DEADLINE_MS, heartbeatMs } = options;
  if (heartbeatMs !== undefined && heartbeatMs !== false && heartbeatMs >= leaseMs) {
    throw new InvalidOptionError(
      where,
      "heartbeatMs must be shorter than the lease, or the lease ends first",
    );
  }
  // A copy: who changes the object later means another function.
  return { ...options };
}
