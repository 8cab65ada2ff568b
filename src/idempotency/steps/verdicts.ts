import type { Verdict } from "../unit-extension.ts";
import { compensationPending } from "./errors.ts";
import type { Journal } from "./journal.ts";

/** The next run goes on. What has failed for good, and is half taken back, must not be forgotten before somebody has seen to it. */
export function releasedWith(error: unknown, steps: Journal): Verdict {
  return { error, after: "release", isOwing: steps.failure() !== undefined };
}

/** The same, of a unit that is still to be taken back. */
export function pendingFor(cause: unknown, operation: string, steps: Journal): Verdict {
  return releasedWith(compensationPending(operation, cause), steps);
}
