import { WindowStateInvalidError, WindowStateTooLargeError } from "../errors.ts";

/** A window's state as it travels through Lambda: the caller's, and how far it has come. */
export interface WindowState<S> {
  readonly value: S;
  /** Records in it. */
  readonly records: number;
  /** The identifier of the last of them: it tells parts of one window apart. */
  readonly last: string | undefined;
}

/** What Lambda keeps. Source: AWS Lambda Developer Guide, "Implementing stateful Kinesis Data Streams processing in Lambda". */
export const MAX_STATE_BYTES = 1_048_576;

/** Reads what the last invocation of the window answered; a new window begins with an empty object. */
export function readState<S>(state: unknown, initial: () => S): WindowState<S> {
  if (state === undefined || state === null || Object.keys(Object(state)).length === 0) {
    return { value: initial(), records: 0, last: undefined };
  }
  const { value, records, last } = state as { value?: S; records?: unknown; last?: unknown };
  if (typeof records !== "number" || typeof last !== "string") {
    throw new WindowStateInvalidError(
      "The window's state is none that tumblingWindow has answered. " +
        "Did a function without it begin this window? Then its state is lost; let the window end with the old function.",
    );
  }
  // The type of what this function answered before; a deployment may have changed it.
  return { value: value as S, records, last };
}

/**
 * Writes a state for Lambda.
 *
 * @throws WindowStateTooLargeError (`WINDOW_STATE_TOO_LARGE`) before Lambda would end the window for it; WindowStateInvalidError
 * (`WINDOW_STATE_INVALID`) for what is no JSON.
 */
export function writeState<S>({ value, records, last }: WindowState<S>): { [key: string]: unknown } {
  // The window is still empty, and begins the next time.
  if (last === undefined) return {};
  const state = { value, records, last };
  const size = Buffer.byteLength(jsonOf(state));
  if (size > MAX_STATE_BYTES) throw new WindowStateTooLargeError(size, MAX_STATE_BYTES);
  return state;
}

function jsonOf(state: object): string {
  try {
    return JSON.stringify(state);
  } catch (cause) {
    throw new WindowStateInvalidError(
      "The window's state cannot be written as JSON. Keep plain data: a bigint as text, and nothing that holds itself.",
      { cause },
    );
  }
}
