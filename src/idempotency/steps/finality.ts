import { hasCode, saysRetryable } from "../../core/errors.ts";
import type { AfterError } from "../endings.ts";

/**
 * What the options make of an error; by default one that says of itself that trying again cannot help is final. Unless that is
 * because the work may have been done, or was: beneath a step another function may be protected as well.
 */
export function saysFinal(error: unknown, onError: ((error: unknown) => AfterError) | undefined): boolean {
  if (onError === undefined) return saysRetryable(error) === false && !isOpenQuestion(error);
  try {
    return onError(error) === "remember";
  } catch {
    return false;
  }
}

/** A unit within a step says that it must not be tried again, not that its work was not done: somebody has to look first. */
export function isOpenQuestion(error: unknown): boolean {
  return OPEN_QUESTIONS.some((code) => hasCode(error, code));
}

const OPEN_QUESTIONS = [
  "IDEMPOTENCY_UNKNOWN_OUTCOME",
  "IDEMPOTENCY_COMPENSATION_FAILED",
  "IDEMPOTENCY_RESULT_NOT_STORED",
  "IDEMPOTENCY_RESULT_UNREADABLE",
];
