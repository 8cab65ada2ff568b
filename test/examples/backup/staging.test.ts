import { rootCall } from "holdfast";
import type { AwsTransport } from "holdfast/aws/client";
import { manualRuntime } from "holdfast/testing";
import { describe, expect, it } from "vitest";
import { checkedChunk } from "../../../examples/backup/src/chunk.ts";
import { stagingBucket } from "../../../examples/backup/src/staging.ts";
import { chunk } from "./fixtures.ts";
import { s3Double, s3Error } from "./s3-double.ts";

const ours = checkedChunk(chunk());
const others = {
  content: checkedChunk(chunk({}, "other bytes")),
  backup_id: checkedChunk(chunk({ backup_id: "weekly" })),
  index: checkedChunk(chunk({ index: 1 })),
};

/** A staging bucket whose S3 answers its first requests as these say, one after the other; none: as it is. */
function staging(s3: ReturnType<typeof s3Double>, ...answers: readonly (Error | undefined)[]) {
  const clock = manualRuntime();
  const asked: string[] = [];
  const transport: AwsTransport = {
    call(operation, input, call) {
      const answer = answers[asked.push(operation) - 1];
      return answer === undefined ? s3.transport.call(operation, input, call) : Promise.reject(answer);
    },
  };
  const store = stagingBucket({ transport, bucket: "staging", once: true });
  return {
    asked,
    store: (one = ours) => clock.run(store(one, rootCall({ runtime: clock, timeoutMs: 20_000 }))),
  };
}

describe("the staging bucket", () => {
  it("keeps a chunk with its hash, its backup and its place", async () => {
    const s3 = s3Double();
    expect(await staging(s3).store()).toEqual({ stored: "now" });
    expect(s3.versions).toEqual([
      {
        Key: "chunks/nightly-0",
        ChecksumSHA256: ours.sha256,
        Metadata: { "backup-id": "nightly", index: "0" },
      },
    ]);
  });

  it("writes nothing for a repeat, which it knows by what lies there", async () => {
    const s3 = s3Double();
    const { store } = staging(s3);
    await store();
    expect(await store()).toEqual({ stored: "before" });
    expect(s3.versions).toHaveLength(1);
  });

  it.each(Object.entries(others))(
    "refuses a chunk whose %s differs, and leaves what lies there",
    async (field, other) => {
      const s3 = s3Double();
      const { store } = staging(s3);
      await store();
      const before = [...s3.versions];
      await expect(store(other)).rejects.toMatchObject({
        code: "CHUNK_CONFLICT",
        retryable: false,
        message: expect.stringContaining(`its ${field} differs`),
      });
      expect(s3.versions).toEqual(before);
    },
  );

  it("takes an object without a hash for another chunk: somebody else has put it there", async () => {
    const s3 = s3Double();
    s3.versions.push({ Key: "chunks/nightly-0", Metadata: { "backup-id": "nightly", index: "0" } });
    await expect(staging(s3).store()).rejects.toMatchObject({ code: "CHUNK_CONFLICT" });
  });

  it("tries again what S3 asks to try again: another write of the key was under way", async () => {
    const { store, asked } = staging(s3Double(), s3Error("ConditionalRequestConflict", 409));
    expect(await store()).toEqual({ stored: "now" });
    expect(asked).toEqual(["PutObject", "PutObject"]);
  });

  it("writes when what was in its way is gone before it was looked at", async () => {
    const { store, asked } = staging(s3Double(), s3Error("PreconditionFailed", 412));
    expect(await store()).toEqual({ stored: "now" });
    expect(asked).toEqual(["PutObject", "HeadObject", "PutObject"]);
  });

  it("takes no failed look for an answer", async () => {
    const s3 = s3Double();
    await staging(s3).store();
    const { store, asked } = staging(s3, undefined, s3Error("Unknown", 503));
    expect(await store()).toEqual({ stored: "before" });
    expect(asked).toEqual(["PutObject", "HeadObject", "PutObject", "HeadObject"]);
  });

  it("gives a chunk back that S3 does not take four times, and does not call it hopeless", async () => {
    const down = Array.from({ length: 4 }, () => s3Error("SlowDown", 503));
    const { store, asked } = staging(s3Double(), ...down);
    const failed: unknown = await store().then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(failed).toBe(down[3]);
    expect(failed).not.toHaveProperty("retryable");
    expect(asked).toHaveLength(4);
  });

  it("gives one hopeless chunk no share of the retries of the others", async () => {
    const s3 = s3Double();
    const clock = manualRuntime();
    let throttled = 0;
    const transport: AwsTransport = {
      call(operation, input, call) {
        const { Key } = input as { readonly Key: string };
        if (Key.endsWith("hopeless") || throttled++ === 0) return Promise.reject(s3Error("SlowDown", 503));
        return s3.transport.call(operation, input, call);
      },
    };
    const store = stagingBucket({ transport, bucket: "staging", once: true });
    const call = () => rootCall({ runtime: clock, timeoutMs: 20_000 });
    for (let times = 0; times < 5; times++) {
      await expect(clock.run(store({ ...ours, id: "hopeless" }, call()))).rejects.toThrow("SlowDown");
    }
    expect(await clock.run(store(ours, call()))).toEqual({ stored: "now" });
  });

  it("replaces what lies there when its protection is taken away: the control", async () => {
    const s3 = s3Double();
    const clock = manualRuntime();
    const store = stagingBucket({ transport: s3.transport, bucket: "staging", once: false });
    for (const one of [ours, others.content]) {
      expect(await clock.run(store(one, rootCall({ runtime: clock })))).toEqual({ stored: "now" });
    }
    expect(s3.versions).toHaveLength(2);
  });
});
