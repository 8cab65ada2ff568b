import { isoTime } from "./runtime/runtime.ts";

/** What every error of holdfast carries besides its message. */
export interface HoldfastErrorOptions {
  readonly cause?: unknown;
  /** Whether doing the same again, later, can succeed. */
  readonly retryable?: boolean;
  /** How long to wait before that, in milliseconds, when it is known. */
  readonly retryAfterMs?: number;
}

/**
 * An error with a stable `code`, which is what programs should compare.
 *
 * Not by `instanceof`, for a bundle may hold two copies of a class, but with `hasCode`. Messages say what happened,
 * where, and what to do; they never hold a payload or a secret.
 */
export class HoldfastError extends Error {
  override readonly name: string = "HoldfastError";
  readonly code: string;
  readonly retryable: boolean;
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, options: HoldfastErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** Says that doing the same again cannot help: `retry` gives up at once, and a batch may set the record aside. */
export class TerminalError extends HoldfastError {
  override readonly name = "TerminalError";
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super("TERMINAL", message, { ...options, retryable: false });
  }
}

/** Says that doing the same again may help, and after how long. */
export class RetryableError extends HoldfastError {
  override readonly name = "RetryableError";
  constructor(message: string, options: { readonly cause?: unknown; readonly retryAfterMs?: number } = {}) {
    super("RETRYABLE", message, { ...options, retryable: true });
  }
}

/** The invocation's (or root call's) time is up. Its source will deliver again; nothing new may start before. */
export class DeadlineExceededError extends HoldfastError {
  override readonly name = "DeadlineExceededError";
  constructor(deadlineMs: number) {
    super(
      "DEADLINE_EXCEEDED",
      `The call's deadline (${isoTime(deadlineMs)}) has passed. ` +
        "Give the function more time, or the work less: a smaller batch, a shorter timeout on each outbound call.",
      { retryable: true },
    );
  }
}

/** A wrong argument, found where it was given: at `wrap`, at a policy's factory, never in the middle of an event. */
export class InvalidOptionError extends HoldfastError {
  override readonly name = "InvalidOptionError";
  constructor(where: string, what: string) {
    super("INVALID_OPTION", `${where}: ${what}`);
  }
}

/**
 * True when `error` carries this stable code, whichever copy of the package made it.
 *
 * @example
 * ```ts
 * try {
 *   await charge(entry, call);
 * } catch (error) {
 *   if (!hasCode(error, "TIMEOUT")) throw error;
 * }
 * ```
 */
export function hasCode(error: unknown, code: string): boolean {
  try {
    return typeof error === "object" && error !== null && "code" in error && error.code === code;
  } catch {
    // A getter that throws must not take the place of the error that is looked at.
    return false;
  }
}

/** What an error says of itself: `true` to try again, `false` not to, `undefined` when it does not say. */
export function saysRetryable(error: unknown): boolean | undefined {
  if (typeof error !== "object" || error === null || !("retryable" in error)) return undefined;
  return typeof error.retryable === "boolean" ? error.retryable : undefined;
}

/** Refuses anything but a finite number in a range, naming the option and its unit. */
export function checkNumber(
  where: string,
  option: string,
  value: unknown,
  range: { readonly min: number; readonly max?: number; readonly integer?: boolean },
): void {
  const { min, max = Number.POSITIVE_INFINITY, integer = false } = range;
  const kind = integer ? "a whole number" : "a number";
  const limits = max === Number.POSITIVE_INFINITY ? `of at least ${min}` : `from ${min} to ${max}`;
  if (typeof value !== "number" || Number.isNaN(value) || value < min || value > max) {
    throw new InvalidOptionError(where, `${option} must be ${kind} ${limits}, not ${describe(value)}`);
  }
  if (integer ? !Number.isInteger(value) : !Number.isFinite(value)) {
    throw new InvalidOptionError(where, `${option} must be ${kind} ${limits}, not ${describe(value)}`);
  }
}

/** A wrong option's value, short and without its contents: options can hold secrets. */
function describe(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean" || value === undefined || value === null) {
    return String(value);
  }
  return `a ${typeof value}`;
}
