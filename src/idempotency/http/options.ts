import { InvalidOptionError } from "../../core/errors.ts";
import { checkRequiredOptions } from "../../core/options.ts";
import type { AfterError } from "../endings.ts";
import type { IdempotentOptions } from "../options.ts";
import type { HttpRequest } from "./host.ts";
import type { KeyRules } from "./key-header.ts";

/** What is handed on to `idempotent` as it is. */
type Shared = Pick<
  IdempotentOptions<unknown>,
  "store" | "operation" | "onAbandoned" | "leaseMs" | "heartbeatMs" | "rememberMs" | "results" | "cache"
>;

/**
 * `I` is what the function is given, `R` what it answers. Neither needs to be written. What is not explained here is as in
 * `idempotent`.
 */
export interface IdempotentHttpOptions<I, R> extends Shared {
  /**
   * Whose key it is: the authenticated caller, or the account that it acts for. Give it wherever more than one caller can
   * reach the function: **without it, who sends another's key with the same request reads that one's answer.** A caller
   * that is missing is an error (`IDEMPOTENCY_KEY_MISSING`), never "all of them".
   */
  readonly tenant?: (input: I) => string | number | bigint | null | undefined;
  /** What must be equal when the key is: a difference is answered 422. Default: method, path, query and the bytes of the body. */
  readonly payload?: (input: I, request: HttpRequest) => unknown;
  /** The methods that need a key, such as `["POST", "PATCH"]`; others run as without idempotency. Default: all that arrive. */
  readonly methods?: readonly string[];
  /** `"error"` answers 400 to a request without a key, `"run"` runs it without protection. Default: `"error"`. */
  readonly onMissingKey?: "error" | "run";
  /** The header that carries the key. Default: `Idempotency-Key`. */
  readonly header?: string;
  /**
   * Whether a key must stand in double quotes, once, as the draft says; without, most clients' bare UUID is taken as well,
   * and is the same key. Default: false.
   */
  readonly strict?: boolean;
  /** What keys look like, for an API that says so: others are answered 400. Matched without the quotes. Default: 1 to 255 characters. */
  readonly keyFormat?: RegExp;
  /**
   * While the first request goes on: `"throw"` answers 409 with Retry-After; `"wait"` waits for its answer within the
   * call's deadline. Default: `"throw"`.
   */
  readonly inFlight?: "throw" | "wait";
  /** Whether repeats get this answer; if not, the key is released and the next request runs. Default: `isRemembered`. */
  readonly rememberWhen?: (status: number, response: NoInfer<R>) => boolean;
  /** Headers that repeats do not get, beside Date and those of the connection. Default: `["Set-Cookie"]`. */
  readonly forgetHeaders?: readonly string[];
  /** Where the API's page on keys is: the `type` of all problems. Default: about:blank. */
  readonly documentation?: string;
  /** What becomes of the key when the function throws, as in `idempotent`. The error itself is thrown on, whatever this says. Default: `"release"`. */
  readonly onError?: (error: unknown) => AfterError;
}

type Own = Exclude<keyof IdempotentHttpOptions<unknown, unknown>, keyof Shared | "inFlight">;
type Rule = readonly [isRight: (value: unknown) => boolean, what: string];

const isFunction = (value: unknown): boolean => typeof value === "function";
const isToken = (value: unknown): boolean => typeof value === "string" && /^[\w!#$%&'*+.^`|~-]+$/.test(value);
const areTokens = (value: unknown): boolean => Array.isArray(value) && value.every(isToken);
const isText = (value: unknown): boolean => typeof value === "string" && value !== "";

/** For those that are given. */
const RULES: Readonly<Record<Own, Rule>> = {
  tenant: [isFunction, "a function of the input"],
  payload: [isFunction, "a function of the input and the request"],
  methods: [areTokens, "a list of methods"],
  onMissingKey: [(value) => value === "error" || value === "run", '"error" or "run"'],
  header: [isToken, "a header's name"],
  strict: [(value) => typeof value === "boolean", "true or false"],
  keyFormat: [
    (value) => value instanceof RegExp && !value.global && !value.sticky,
    "a RegExp without the flags g and y, which remember their last match",
  ],
  rememberWhen: [isFunction, "a function of the status and the answer"],
  forgetHeaders: [areTokens, "a list of headers' names"],
  documentation: [isText, "a URL"],
  onError: [isFunction, "a function of the error"],
};

const SHARED: readonly (keyof Shared | "inFlight")[] = [
  "store",
  "operation",
  "inFlight",
  "onAbandoned",
  "leaseMs",
  "heartbeatMs",
  "rememberMs",
  "results",
  "cache",
];

/** The options with their defaults, and those for `idempotent` apart. */
export interface HttpSettings<I, R>
  extends KeyRules,
    Pick<
      IdempotentHttpOptions<I, R>,
      "tenant" | "payload" | "onMissingKey" | "rememberWhen" | "forgetHeaders" | "documentation" | "onError"
    > {
  readonly shared: Shared & Pick<IdempotentHttpOptions<I, R>, "inFlight">;
  readonly methods: ReadonlySet<string> | undefined;
}

/** Checks what is HTTP's; the rest `idempotent` checks. */
export function checkedHttpOptions<I, R>(
  where: string,
  options: IdempotentHttpOptions<I, R>,
): HttpSettings<I, R> {
  checkRequiredOptions(where, options, [...SHARED, ...Object.keys(RULES)]);
  for (const [name, [isRight, what]] of Object.entries(RULES)) {
    const value = options[name as Own];
    if (value !== undefined && !isRight(value))
      throw new InvalidOptionError(where, `${name} must be ${what}`);
  }
  if (options.inFlight !== undefined && options.inFlight !== "throw" && options.inFlight !== "wait") {
    throw new InvalidOptionError(where, 'inFlight must be "throw" or "wait"');
  }
  const { header = "Idempotency-Key", strict = false, methods } = options;
  const given = SHARED.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]);
  return {
    ...options,
    shared: Object.fromEntries(given),
    header,
    strict,
    keyFormat: options.keyFormat,
    methods: methods && new Set(methods.map((method) => method.toUpperCase())),
  };
}
