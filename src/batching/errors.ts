import { HoldfastError } from "../core/errors.ts";

/** The event is not one of the batch's source, or has records that could not be reported. Nothing was run. */
export class WrongEventError extends HoldfastError {
  override readonly name = "WrongEventError";
  constructor(expected: string, came: string) {
    super(
      "WRONG_EVENT",
      `Expected ${expected}; ${came}. Nothing was run. ` +
        "Look at which event source invokes this function, and wrap it with that source's batch.",
    );
  }
}

/** A record's body is not what its decoder reads. Its own failure; the text is not quoted. */
export class BodyInvalidError extends HoldfastError {
  override readonly name = "BodyInvalidError";
  constructor(expected: string) {
    super(
      "BODY_INVALID",
      `The record's body is not ${expected}. Mend its producer, or give another decoder (body; of one that may be empty orNull(…)).`,
    );
  }
}

/** Not run, or to be run again: an earlier record of the same group or shard did not succeed, and they keep their order. */
export class EarlierRecordFailedError extends HoldfastError {
  override readonly name = "EarlierRecordFailedError";
  constructor() {
    super(
      "EARLIER_RECORD_FAILED",
      "An earlier record of the same group or shard did not succeed, so this one comes again after it, in order.",
      { retryable: true },
    );
  }
}

/** A record that failed for good could not be written to where such records go, so it comes again. `cause` is why. */
export class PoisonNotWrittenError extends HoldfastError {
  override readonly name = "PoisonNotWrittenError";
  /** What the record itself failed with. */
  readonly recordError: unknown;
  constructor(cause: unknown, recordError: unknown) {
    super(
      "POISON_NOT_WRITTEN",
      `The record failed (${inShort(recordError)}), and poison.to did not take it (${inShort(cause)}), so it was not acknowledged and comes ` +
        "again. Look at the cause: a missing permission, an entry that is too large.",
      { retryable: true, cause },
    );
    this.recordError = recordError;
  }
}

/**
 * Records of an event whose source has no partial response failed, so all of it comes again. All of them were run. `cause` is
 * why the first of them failed.
 */
export class RecordsFailedError extends HoldfastError {
  override readonly name = "RecordsFailedError";
  /** Of those that failed or did not finish, in their order. */
  readonly identifiers: readonly string[];
  constructor(source: string, identifiers: readonly string[], records: number, cause: unknown) {
    const named = identifiers.slice(0, 10).join(", ");
    super(
      "RECORDS_FAILED",
      `${identifiers.length} of ${records} records of ${source} did not succeed: ${named}${identifiers.length > 10 ? ", …" : ""}. ` +
        "This source sends all of them again, so make each idempotent.",
      { retryable: true, cause },
    );
    this.identifiers = identifiers;
  }
}

/** A bulk function or target did not answer with one result for each of its inputs, so its answer says nothing of any. */
export class BulkAnswerError extends HoldfastError {
  override readonly name = "BulkAnswerError";
  constructor(who: string, inputs: number, answer: unknown) {
    const came = Array.isArray(answer) ? `${answer.length} results` : "no list of results";
    super(
      "BULK_ANSWER_MISMATCH",
      `${who} answered ${inputs} inputs with ${came}, so all of them count as failed. ` +
        "Return one { ok: true } or { ok: false, error } for each input, in their order.",
      { retryable: true },
    );
  }
}

/** The call was over before this entry was sent: nothing of it was written. `cause` is why the call was over. */
export class EntryNotSentError extends HoldfastError {
  override readonly name = "EntryNotSentError";
  constructor(target: string, cause: unknown) {
    super("ENTRY_NOT_SENT", `The call was over before this entry was sent to ${target}. Send it again.`, {
      retryable: true,
      cause,
    });
  }
}

/** The call was over while this entry was being sent: it may have been written. `cause` is why the call was over. */
export class EntryOutcomeUnknownError extends HoldfastError {
  override readonly name = "EntryOutcomeUnknownError";
  constructor(target: string, cause: unknown) {
    super(
      "ENTRY_OUTCOME_UNKNOWN",
      `The call was over before ${target} answered for this entry: it may have been written. Send it again only if that may repeat.`,
      { retryable: true, cause },
    );
  }
}

/** The entry can never be sent: it exceeds what the target takes. */
export class EntryTooLargeError extends HoldfastError {
  override readonly name = "EntryTooLargeError";
  constructor(target: string, bytes: number, maxBytes: number) {
    super(
      "ENTRY_TOO_LARGE",
      `The entry has ${bytes} bytes, and ${target} takes at most ${maxBytes}. Make it smaller, or store it and send a reference.`,
    );
  }
}

/** Not sent: an earlier entry of the same order key may still be written, and would overwrite this one. */
export class EarlierEntryFailedError extends HoldfastError {
  override readonly name = "EarlierEntryFailedError";
  constructor(target: string) {
    super(
      "EARLIER_ENTRY_FAILED",
      `An earlier entry of the same key was not written to ${target}, so this one was not sent, to keep their order. Send both again.`,
      { retryable: true },
    );
  }
}

/** A window's state is more than Lambda keeps. Nothing of the batch was answered, so all of it comes again. */
export class WindowStateTooLargeError extends HoldfastError {
  override readonly name = "WindowStateTooLargeError";
  constructor(bytes: number, maxBytes: number) {
    super(
      "WINDOW_STATE_TOO_LARGE",
      `The window's state has ${bytes} bytes, and Lambda keeps ${maxBytes}. ` +
        "Keep counts rather than records, make the window shorter, or split the stream into more shards.",
    );
  }
}

/** The state that came with a window was not written by this function, or the one to be answered is no JSON. */
export class WindowStateInvalidError extends HoldfastError {
  override readonly name = "WindowStateInvalidError";
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super("WINDOW_STATE_INVALID", message, options);
  }
}

/** An error's code, or its name: of an error's message only its owner knows what it holds. */
function inShort(error: unknown): string {
  const { code, name } = Object(error) as { readonly code?: unknown; readonly name?: unknown };
  return [code, name].find((text): text is string => typeof text === "string" && text !== "") ?? "no error";
}
