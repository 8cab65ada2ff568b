import { addAbortSignal, type Readable } from "node:stream";
import { GetObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { type Call, RetryableError, refusal, report, TerminalError, timeout, wrap } from "holdfast";
import { exponential, retry } from "holdfast/retry";
import { LogGoneError, type LogObject, type ReadObject } from "./log-object.ts";

interface Position {
  readonly log: LogObject;
  readonly from: number;
  readonly eTag: string | undefined;
}

interface Opened {
  readonly body: Readable;
  readonly contentEncoding: string | undefined;
  readonly size: number;
  readonly eTag: string | undefined;
}

/** A connection that breaks as often on the way through one object is no accident. */
const MAX_BREAKS = 5;

/**
 * Reads objects of S3 as streams. A connection that breaks half-way goes on from the byte it had reached, of the same
 * version: at 2 GB and 30 seconds there is no time to begin again.
 */
export function s3Objects(s3: S3Client): ReadObject {
  const open = wrap(
    async ({ log, from, eTag }: Position, call: Call): Promise<Opened> => {
      const answer = await s3
        .send(
          new GetObjectCommand({
            Bucket: log.bucket,
            Key: log.key,
            VersionId: log.versionId,
            // Where a key keeps one version, this is what tells it from the one that replaced it.
            IfMatch: eTag === undefined ? undefined : quoted(eTag),
            // An empty object has no first byte that could be asked for.
            Range: from === 0 ? undefined : `bytes=${from}-`,
          }),
          { abortSignal: call.signal },
        )
        .catch((error: unknown) => {
          throw goneOr(error);
        });
      if (from > 0 && answer.ContentRange?.startsWith(`bytes ${from}-`) !== true) {
        throw new RetryableError("S3 gave other bytes than the range that was asked for.");
      }
      if (answer.ContentLength === undefined) throw new TerminalError("S3 did not say how long the log is.");
      return {
        // In Node.js the body is the response itself.
        body: answer.Body as Readable,
        contentEncoding: answer.ContentEncoding,
        size: from + answer.ContentLength,
        eTag: answer.ETag,
      };
    },
    retry({ maxAttempts: 4, backoff: exponential({ initialDelayMs: 100, maxDelayMs: 1_000 }) }),
    timeout({ ms: 5_000 }),
  );

  async function* bytesFrom(
    first: Opened,
    log: LogObject,
    call: Call,
  ): AsyncGenerator<Uint8Array, void, undefined> {
    let { body } = first;
    let from = 0;
    for (let breaks = 1; ; breaks++) {
      let lost: unknown = new RetryableError("S3 sent fewer bytes than it had said.");
      try {
        // The attempt that opened it has settled; the body must still end with the call.
        for await (const chunk of addAbortSignal(call.signal, body)) {
          from += chunk.length;
          yield chunk;
        }
      } catch (error) {
        lost = error;
      }
      if (from >= first.size) return;
      const over = refusal(call);
      if (over !== undefined) throw over;
      if (breaks > MAX_BREAKS) throw lost;
      report(call, { type: "log.resumed", fromByte: from, error: lost });
      ({ body } = await open({ log, from, eTag: first.eTag }, call));
    }
  }

  return async (log, call) => {
    const first = await open({ log, from: 0, eTag: log.eTag }, call);
    return { contentEncoding: first.contentEncoding, bytes: bytesFrom(first, log, call) };
  };
}

/** Answers carry the ETag in quotes, notifications without. */
function quoted(eTag: string): string {
  return eTag.startsWith('"') ? eTag : `"${eTag}"`;
}

/**
 * What S3 answers for a version that is not there (AWS page 'GetObject'); 405 is a delete marker asked for by its id.
 * A bucket that is not there is a mistake, and none of these.
 */
const GONE: ReadonlyMap<string, "deleted" | "replaced"> = new Map([
  ["NoSuchKey", "deleted"],
  ["NoSuchVersion", "deleted"],
  ["MethodNotAllowed", "deleted"],
  ["PreconditionFailed", "replaced"],
]);

function goneOr(error: unknown): unknown {
  const how = error instanceof Error ? GONE.get(error.name) : undefined;
  return how === undefined ? error : new LogGoneError(how, error);
}
