import { awsStatusOf } from "../aws/aws-error.ts";
import { streamIn } from "../aws/s3-body.ts";
import type { AwsTransport } from "../aws/transport.ts";
import { type Call, refusal, runtimeOf } from "../core/call.ts";
import { HoldfastError } from "../core/errors.ts";
import { within } from "../core/within.ts";

export interface ObjectBytesOptions {
  readonly transport: AwsTransport;
  /** GetObject's input: bucket, key, and which version. */
  readonly wanted: Readonly<Record<string, unknown>>;
  /** Milliseconds without a byte after which the connection is given up. */
  readonly stalledAfterMs: number;
  /** The start of the error codes: `BACKUP_SOURCE` for `BACKUP_SOURCE_CUT`. */
  readonly code: string;
  /** The object in messages: "The source logs/a.log". */
  readonly named: string;
}

/** Connections in a row that gave no byte. */
const MOST_IN_VAIN = 3;

/**
 * An object's bytes, once each and in order. A connection that is cut, or gives nothing for a while, is followed by another from the byte where it
 * stopped: of the same version, or, without versions, of the ETag that the first answer had.
 *
 * Source: Amazon S3 API Reference, GetObject ("Range", "If-Match").
 *
 * @throws HoldfastError `…_CHANGED`, `…_CUT`, `…_STALLED`; what the client throws when it cannot begin.
 */
export async function* objectBytes(
  { transport, wanted, stalledAfterMs, code, named }: ObjectBytesOptions,
  call: Call,
): AsyncGenerator<Uint8Array, void, undefined> {
  const runtime = runtimeOf(call);
  let position = 0;
  let total = Number.NaN;
  let again: Readonly<Record<string, unknown>> = {};

  async function open() {
    const range = position === 0 ? {} : { ...again, Range: `bytes=${position}-` };
    try {
      return await transport.call("GetObject", { ...wanted, ...range }, call);
    } catch (cause) {
      if (!isPreconditionFailed(cause)) throw cause;
      throw new HoldfastError(
        `${code}_CHANGED`,
        `${named} is no longer the version that was to be read. What is there now is another one.`,
        { cause },
      );
    }
  }

  function failed(how: string, what: string): HoldfastError {
    return new HoldfastError(`${code}_${how}`, `${named} ${what}.`, { retryable: true });
  }
  const stalled = (): HoldfastError => failed("STALLED", `gave nothing for ${stalledAfterMs} ms`);

  for (let inVain = 0; ; inVain += 1) {
    const { Body, ContentLength, ETag } = await open();
    if (Number.isNaN(total)) {
      total = Number(ContentLength);
      const isPinned = "VersionId" in wanted || "IfMatch" in wanted;
      if (!isPinned && typeof ETag === "string") again = { IfMatch: ETag };
    }
    const iterator = streamIn(Body)[Symbol.asyncIterator]();
    let failure: unknown;
    try {
      for (;;) {
        const { done, value } = await within(call, runtime.now() + stalledAfterMs, stalled, () =>
          iterator.next(),
        );
        if (done === true) break;
        position += value.length;
        inVain = 0;
        yield value;
      }
    } catch (error) {
      failure = error;
    } finally {
      // Not waited for: a connection that hangs may never say that it is closed.
      iterator.return?.().then(undefined, () => {});
    }
    const reason = refusal(call);
    if (reason !== undefined) throw failure ?? reason;
    if (position === total) return;
    if (inVain >= MOST_IN_VAIN || position > total)
      throw failure ?? failed("CUT", `ended after ${position} bytes of ${total}`);
  }
}

function isPreconditionFailed(error: unknown): boolean {
  return Object(error).name === "PreconditionFailed" || awsStatusOf(error) === 412;
}
