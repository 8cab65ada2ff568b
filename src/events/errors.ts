import { HoldfastError } from "../core/errors.ts";
import type { Problem } from "./check-result.ts";

/** Problems that a message spells out; the rest are counted. All are in `problems`. */
const SPELT_OUT = 5;

/** An event does not fit its definition. The same event never will: it belongs in a dead-letter queue, with this reason. */
export class EventInvalidError extends HoldfastError {
  override readonly name = "EventInvalidError";
  readonly problems: readonly Problem[];
  constructor(what: string, problems: readonly Problem[]) {
    const spelt = problems.slice(0, SPELT_OUT).map(({ path, message }) => `${path || "(whole)"} ${message}`);
    const more = problems.length > SPELT_OUT ? `; and ${problems.length - SPELT_OUT} more` : "";
    super("EVENT_INVALID", `${what} does not fit its definition: ${spelt.join("; ")}${more}`);
    this.problems = problems;
  }
}

/** An event of another kind than the function takes: a rule's pattern or a queue's producer is not what it should be. */
export class EventUnexpectedError extends HoldfastError {
  override readonly name = "EventUnexpectedError";
  constructor(message: string) {
    super("EVENT_UNEXPECTED", message);
  }
}

/** An event was not published, or nobody knows; `retryable` says whether publishing it again, with the same id, can help. */
export class EventPublishError extends HoldfastError {
  override readonly name = "EventPublishError";
  /** The service's own code, when it gave one: "ThrottlingException", "NotAuthorizedForSourceException". */
  readonly reason: string | undefined;
  constructor(
    message: string,
    options: { readonly retryable: boolean; readonly reason?: string | undefined; readonly cause?: unknown },
  ) {
    super("EVENT_NOT_PUBLISHED", message, options);
    this.reason = options.reason;
  }
}
