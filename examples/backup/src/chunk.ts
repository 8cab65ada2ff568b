import { createHash } from "node:crypto";
import { HoldfastError } from "holdfast";
import { type InferSchema, type JsonSchema, jsonSchema } from "holdfast/events";

/** Leaves room in a message of 1,023 KiB for the other fields: up to 765 KiB of content. */
const MAX_CONTENT = 1_044_480;

const ID = { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$" } as const;

const schema = {
  type: "object",
  properties: {
    // A part of an object's key: it has nothing that a path, a URL or a shell would read otherwise.
    chunk_id: ID,
    backup_id: ID,
    index: { type: "integer", minimum: 0, maximum: 9_999_999 },
    content: { type: "string", maxLength: MAX_CONTENT },
    sha256: { type: "string", pattern: "^[0-9a-f]{64}$" },
  },
  required: ["chunk_id", "backup_id", "index", "content", "sha256"],
  additionalProperties: false,
} as const satisfies JsonSchema;

/**
 * A piece of a backup, as its producer sends it: `index` is its place among the others, `content` is base64, `sha256` is of what that
 * holds, in hexadecimal.
 */
export type ChunkMessage = InferSchema<typeof schema>;

export const chunkMessage = jsonSchema(schema);

/** A chunk whose bytes are what its hash says. */
export interface Chunk {
  readonly id: string;
  readonly backupId: string;
  readonly index: number;
  readonly bytes: Uint8Array;
  /** In base64, as S3 wants it. */
  readonly sha256: string;
}

/** The bytes are not those that the producer has hashed, and no second look will make them so. */
export class ChunkCorruptError extends HoldfastError {
  override readonly name = "ChunkCorruptError";
  constructor() {
    super(
      "CHUNK_CORRUPT",
      "The chunk's content does not have its sha256. Send it again from its source, under the same chunk_id.",
    );
  }
}

/** @throws ChunkCorruptError when the content is not what its hash says, or is no base64. */
export function checkedChunk({ chunk_id, backup_id, index, content, sha256 }: ChunkMessage): Chunk {
  // What is no base64 is skipped by Node.js; then other bytes are left than those that were hashed.
  const bytes = Buffer.from(content, "base64");
  const hash = createHash("sha256").update(bytes).digest();
  if (hash.toString("hex") !== sha256) throw new ChunkCorruptError();
  return { id: chunk_id, backupId: backup_id, index, bytes, sha256: hash.toString("base64") };
}

/** Where a chunk lies in the staging bucket. */
export function chunkKey(chunkId: string): string {
  return `chunks/${chunkId}`;
}
