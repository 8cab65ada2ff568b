import type { Call } from "../core/call.ts";
import type { Fn } from "../core/fn.ts";
import { readingRecord } from "./decoding/decode-record.ts";
import { batchFn } from "./engine/batch-fn.ts";
import type { RecordCall } from "./engine/record-call.ts";
import { rejectFailures } from "./engine/whole-event.ts";
import { BodyInvalidError } from "./errors.ts";
import { type BatchOptions, checkedLimits } from "./options.ts";
import { s3 } from "./sources/s3.ts";
import type { S3Event, S3Record } from "./sources/s3-event.ts";

/** An object that something happened to. */
export interface S3Object {
  readonly bucket: string;
  /** As it is: not as in the event, where `a b/ü` reads `a+b/%C3%BC`. */
  readonly key: string;
  /** "ObjectCreated:Put". */
  readonly kind: string;
  /** Bytes; undefined for a deletion. */
  readonly size: number | undefined;
  readonly eTag: string | undefined;
  readonly versionId: string | undefined;
  /** Of two events of one key the later one has the greater, as hexadecimal numbers of equal length. */
  readonly sequencer: string | undefined;
}

/**
 * Turns a function of one object into one of an S3 notification's event.
 *
 * S3 knows no partial response: all records are run, then the call rejects when any failed, and Lambda sends the whole event
 * again. Notifications come at least once and in no order.
 *
 * @throws WrongEventError (`WRONG_EVENT`), before anything runs; RecordsFailedError (`RECORDS_FAILED`).
 * @example
 * ```ts
 * export const handler = wrapHandler(s3Events(async ({ bucket, key }, call) => readLog(bucket, key, call)), logged());
 * ```
 */
export function s3Events(
  fn: Fn<S3Object, unknown, RecordCall<S3Record>>,
  options: BatchOptions<S3Record> = {},
): Fn<S3Event, void, Call> {
  const where = "s3Events";
  const limits = checkedLimits(where, fn, options, { known: [] });
  const work = readingRecord(readObject, fn);
  return batchFn({ where, source: s3, work, limits, poison: options.poison, respond: rejectFailures });
}

function readObject({ eventName, s3: { bucket, object } }: S3Record): S3Object {
  const { key, size, eTag, versionId, sequencer }: Partial<S3Record["s3"]["object"]> = object;
  return { bucket: bucket.name, key: keyOf(key ?? ""), kind: eventName, size, eTag, versionId, sequencer };
}

/** Source: Amazon S3 User Guide, "Event message structure": the key is URL encoded, a space as `+`. */
function keyOf(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll("+", " "));
  } catch {
    throw new BodyInvalidError("an S3 event with a URL-encoded key");
  }
}
