import { createHash } from "node:crypto";
import type { ChunkMessage } from "../../../examples/backup/src/chunk.ts";

/** A good chunk, of these bytes. */
export function chunk(
  change: Partial<ChunkMessage> = {},
  bytes = "the first bytes of a backup",
): ChunkMessage {
  return {
    chunk_id: "nightly-0",
    backup_id: "nightly",
    index: 0,
    content: Buffer.from(bytes).toString("base64"),
    sha256: createHash("sha256").update(bytes).digest("hex"),
    ...change,
  };
}
