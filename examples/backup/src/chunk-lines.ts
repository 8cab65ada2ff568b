import type { SqsRecord } from "holdfast/batching";
import type { ChunkMessage } from "./chunk.ts";
import type { Stored } from "./staging.ts";

/** What the line of a record says of its chunk. A record that could not be read is known by its message alone. */
export function chunkLines() {
  const chunks = new WeakMap<object, ChunkMessage>();
  const ends = new WeakMap<object, Stored>();
  return {
    read(record: SqsRecord, chunk: ChunkMessage): void {
      chunks.set(record, chunk);
    },
    ended(record: SqsRecord, stored: Stored): void {
      ends.set(record, stored);
    },
    options: {
      service: "backup",
      correlationId: (record: unknown) => chunks.get(Object(record))?.chunk_id,
      eventType: () => "BackupChunk",
      fields: (record: unknown) => ({
        backup_id: chunks.get(Object(record))?.backup_id,
        ...ends.get(Object(record)),
      }),
    },
  };
}
