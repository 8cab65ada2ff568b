import { posix } from "node:path";
import fc from "fast-check";
import { json } from "holdfast/batching";
import { describe, expect, it } from "vitest";
import {
  ChunkCorruptError,
  type ChunkMessage,
  checkedChunk,
  chunkKey,
  chunkMessage,
} from "../../../examples/backup/src/chunk.ts";
import { chunk } from "./fixtures.ts";

const read = async (value: unknown) => json(chunkMessage).decode(JSON.stringify(value));

describe("a chunk's message", () => {
  it("is taken with its bytes and their hash, also when there are none", async () => {
    const empty = chunk({}, "");
    expect(checkedChunk(await read(empty))).toMatchObject({ id: "nightly-0", bytes: Buffer.alloc(0) });
    expect(checkedChunk(await read(chunk()))).toEqual({
      id: "nightly-0",
      backupId: "nightly",
      index: 0,
      bytes: Buffer.from("the first bytes of a backup"),
      sha256: Buffer.from(chunk().sha256, "hex").toString("base64"),
    });
  });

  it("has an id that is one name in a path, and needs no encoding in a URL", async () => {
    const ids = fc.string({ unit: fc.constantFrom(..."aZ9-_./\\%~ \n\0é?&"), minLength: 1, maxLength: 4 });
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(ids, async (chunk_id) => {
        const message = await read(chunk({ chunk_id })).catch(() => undefined);
        if (message === undefined) return;
        taken += 1;
        const key = chunkKey(message.chunk_id);
        expect(key.split("/")).toHaveLength(2);
        expect([posix.normalize(key), encodeURI(key)]).toEqual([key, key]);
      }),
      { numRuns: 1_000 },
    );
    expect(taken).toBeGreaterThan(10);
  });

  it.each<[string, unknown]>([
    ["no id", { ...chunk(), chunk_id: undefined }],
    ["an empty id", chunk({ chunk_id: "" })],
    ["an id that goes up", chunk({ chunk_id: ".." })],
    ["an id with a slash", chunk({ chunk_id: "a/b" })],
    ["an id with a newline at its end", chunk({ chunk_id: "a\n" })],
    ["an id of more than 128 characters", chunk({ chunk_id: "a".repeat(129) })],
    ["a hash in another form", chunk({ sha256: chunk().sha256.toUpperCase() })],
    ["an index between two places", chunk({ index: 0.5 })],
    ["more content than a message holds", chunk({ content: "A".repeat(1_044_481) })],
    ["a field that nobody knows", { ...chunk(), key: "elsewhere" }],
    ["what every object has instead of a field", { ...chunk(), content: undefined, constructor: "" }],
    ["a list", [chunk()]],
  ])("with %s is refused for good, and not quoted", async (_, value) => {
    const refused: unknown = await read(value).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refused).toMatchObject({ code: "BODY_INVALID", retryable: false });
    expect(String(refused)).not.toContain(chunk().content);
  });

  it.each<[string, Partial<ChunkMessage>]>([
    ["other bytes", { content: Buffer.from("other bytes").toString("base64") }],
    ["a byte less", { content: Buffer.from("the first bytes of a backu").toString("base64") }],
    ["no base64", { content: "**" }],
    ["another hash", { sha256: "0".repeat(64) }],
  ])("with %s is corrupt for good", (_, change) => {
    expect(() => checkedChunk(chunk(change))).toThrow(ChunkCorruptError);
    expect(new ChunkCorruptError()).toMatchObject({ code: "CHUNK_CORRUPT", retryable: false });
  });
});
