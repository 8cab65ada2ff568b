import { type Call, type Fn, HoldfastError, RetryableError, timeout, wrap } from "holdfast";
import type { AwsTransport } from "holdfast/aws/client";
import { exponential, retry } from "holdfast/retry";
import { type Chunk, chunkKey } from "./chunk.ts";

export interface StagingOptions {
  /** PutObject and HeadObject. */
  readonly transport: AwsTransport;
  readonly bucket: string;
  /** False: whatever is there is replaced. The kill switch's doing. */
  readonly once: boolean;
}

/** `before`: it was there, and is the same. */
export interface Stored {
  readonly stored: "now" | "before";
}

/** The key is another chunk's: two chunks have one id. The one that came first stays. */
export class ChunkConflictError extends HoldfastError {
  override readonly name = "ChunkConflictError";
  constructor(differs: readonly string[], cause: unknown) {
    super(
      "CHUNK_CONFLICT",
      `Another chunk is stored under this chunk_id: its ${differs.join(", ")} differs. It was left as it is. Give each chunk an id of its own.`,
      { cause },
    );
  }
}

/**
 * Puts each chunk under its own key, once: a key is written when nothing is there, and otherwise looked at.
 *
 * S3 checks the bytes against their hash, keeps the hash, and decides between two that write at the same time. So a repeat, also of a
 * write whose reply was lost, finds itself; and another chunk under the same id is refused with ChunkConflictError.
 * Source: Amazon S3 User Guide, "How to prevent object overwrites with conditional writes".
 */
export function stagingBucket({ transport, bucket, once }: StagingOptions): Fn<Chunk, Stored> {
  return wrap(
    putOrCompare,
    retry({
      maxAttempts: 4,
      backoff: exponential({ initialDelayMs: 100, maxDelayMs: 1_000 }),
      // A chunk that S3 never takes would use up what the others need. Its receives bound how often it is tried in all.
      budget: false,
    }),
    timeout({ ms: 2_000 }),
  );

  async function putOrCompare(chunk: Chunk, call: Call): Promise<Stored> {
    try {
      await transport.call("PutObject", putObject(chunk), call);
      return { stored: "now" };
    } catch (error) {
      switch (statusOf(error)) {
        case 412:
          return compare(chunk, error, call);
        case 409:
          throw new RetryableError("Another write to this key was under way.", { cause: error });
        default:
          throw error;
      }
    }
  }

  function putObject({ id, backupId, index, bytes, sha256 }: Chunk): object {
    return {
      Bucket: bucket,
      Key: chunkKey(id),
      Body: bytes,
      ContentType: "application/octet-stream",
      ChecksumSHA256: sha256,
      Metadata: { "backup-id": backupId, index: String(index) },
      ...(once ? { IfNoneMatch: "*" } : {}),
    };
  }

  async function compare(chunk: Chunk, refused: unknown, call: Call): Promise<Stored> {
    const place = { Bucket: bucket, Key: chunkKey(chunk.id), ChecksumMode: "ENABLED" };
    const found = await transport.call("HeadObject", place, call).catch((error: unknown) => {
      // Somebody has deleted it in between: there is nothing in the way any more.
      if (statusOf(error) !== 404) throw error;
      throw new RetryableError("What was in the way of this write is gone.", { cause: error });
    });
    const differs = differencesOf(chunk, found);
    if (differs.length > 0) throw new ChunkConflictError(differs, refused);
    return { stored: "before" };
  }
}

/** What tells a chunk from the object under its key. An object without its hash was put there by somebody else. */
function differencesOf(
  chunk: Chunk,
  { ChecksumSHA256, Metadata }: Readonly<Record<string, unknown>>,
): string[] {
  const about: Readonly<Record<string, unknown>> = Object(Metadata);
  const pairs: readonly (readonly [name: string, ours: unknown, theirs: unknown])[] = [
    ["content", chunk.sha256, ChecksumSHA256],
    ["backup_id", chunk.backupId, about["backup-id"]],
    ["index", String(chunk.index), about["index"]],
  ];
  return pairs.flatMap(([name, ours, theirs]) => (ours === theirs ? [] : [name]));
}

function statusOf(error: unknown): unknown {
  return Object(error).$metadata?.httpStatusCode;
}
