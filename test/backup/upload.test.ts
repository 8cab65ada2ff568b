import { randomBytes } from "node:crypto";
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
} from "@aws-sdk/client-s3";
import { type Call, rootCall } from "holdfast";
import { type AwsTransport, s3Transport } from "holdfast/aws/s3";
import { manualRuntime } from "holdfast/testing";
import { describe, expect, test } from "vitest";
import { uploadObject } from "../../src/backup/upload/upload-object.ts";
import { setUp } from "../examples/local/s3/set-up.ts";
import { memoryS3 } from "./memory-s3.ts";

const PART = 5 * 1024 * 1024;
const three = randomBytes(2 * PART + 1_000);

type Step = (
  operation: string,
  send: () => Promise<Record<string, unknown>>,
  call: Call,
) => Promise<Record<string, unknown>>;

async function* stream(bytes: Buffer, pieceBytes = 1_000_000): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes);
}

/** An S3 of our own, an upload to it whose requests pass `step`, and what is left of it in the end. */
async function start(step: Step = (_operation, send) => send()) {
  const { client } = await setUp();
  const inner = s3Transport(client);
  const requests: string[] = [];
  const transport: AwsTransport = {
    call(operation, input, call) {
      requests.push(operation);
      return step(operation, () => inner.call(operation, input, call), call);
    },
  };
  const options = {
    transport,
    bucket: "bucket",
    key: "backups/a/attempt-1",
    partBytes: PART,
    concurrency: 2,
    settings: { StorageClass: "STANDARD_IA", Metadata: { format: "1" } },
    abortReserveMs: 1_000,
  };
  return {
    client,
    requests,
    upload: (
      source: AsyncIterable<Uint8Array>,
      call = rootCall({ timeoutMs: 20_000 }),
      changes: Partial<typeof options> = {},
    ) => uploadObject(source, { ...options, ...changes }, call),
    async left() {
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: "bucket" }));
      const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: "bucket" }));
      return { uploads: Uploads.length, objects: Contents.map(({ Key, Size }) => [Key, Size]) };
    },
    async object() {
      const { Body } = await client.send(
        new GetObjectCommand({ Bucket: "bucket", Key: "backups/a/attempt-1" }),
      );
      return Buffer.from((await Body?.transformToByteArray()) ?? []);
    },
  };
}

const nothing = { uploads: 0, objects: [] };
const whole = { uploads: 0, objects: [["backups/a/attempt-1", three.length]] };
const failed = (name: string, httpStatusCode: number): Error =>
  Object.assign(new Error(name), {
    name,
    $fault: httpStatusCode < 500 ? "client" : "server",
    $metadata: { httpStatusCode },
  });

describe("an upload", () => {
  test.each([0, 1, PART - 1, PART, PART + 1, three.length])(
    "of %i bytes is the object, with its checksum and settings",
    async (size) => {
      const { client, upload, object, left, requests } = await start();
      const bytes = three.subarray(0, size);
      const uploaded = await upload(stream(bytes));
      expect((await object()).equals(bytes)).toBe(true);
      const head = await client.send(
        new HeadObjectCommand({ Bucket: "bucket", Key: uploaded.key, ChecksumMode: "ENABLED" }),
      );
      expect(head).toMatchObject({
        ContentLength: uploaded.bytes,
        ChecksumCRC32: uploaded.crc32,
        ChecksumType: "FULL_OBJECT",
        StorageClass: "STANDARD_IA",
        Metadata: { format: "1" },
      });
      expect(await left()).toMatchObject({ uploads: 0 });
      if (size <= PART) expect(requests).toEqual(["PutObject"]);
      else
        expect(requests).toEqual([
          "CreateMultipartUpload",
          ...Array(Math.ceil(size / PART)).fill("UploadPart"),
          "CompleteMultipartUpload",
        ]);
    },
  );

  test("has no more parts under way than it may, and reads on as they go", async () => {
    let [now, most] = [0, 0];
    const { upload } = await start(async (operation, send) => {
      if (operation !== "UploadPart") return send();
      now += 1;
      most = Math.max(most, now);
      return send().finally(() => {
        now -= 1;
      });
    });
    await upload(stream(randomBytes(4 * PART)));
    expect(most).toBe(2);
  });

  test.each(["PutObject", "CompleteMultipartUpload"])(
    "whose answer to %s is lost is looked at, and is there",
    async (lost) => {
      const { upload, requests, left } = await start(async (operation, send) => {
        const answer = await send();
        if (operation === lost) throw failed("TimeoutError", 503);
        return answer;
      });
      const bytes = lost === "PutObject" ? three.subarray(0, 10) : three;
      expect(await upload(stream(bytes))).toMatchObject({ bytes: bytes.length });
      expect(requests.at(-1)).toBe("HeadObject");
      expect(await left()).toMatchObject({ uploads: 0, objects: [["backups/a/attempt-1", bytes.length]] });
    },
  );

  test.each([
    ["412, for the client has sent it twice", failed("PreconditionFailed", 412)],
    ["NoSuchUpload, for the client has sent it twice", failed("NoSuchUpload", 404)],
  ])("whose completion is answered by %s, is there", async (_why, error) => {
    const { upload, left } = await start(async (operation, send) => {
      const answer = await send();
      if (operation === "CompleteMultipartUpload") throw error;
      return answer;
    });
    expect(await upload(stream(three))).toMatchObject({ bytes: three.length });
    expect(await left()).toEqual(whole);
  });
});

describe("an upload that fails leaves nothing", () => {
  test.each(["UploadPart", "CompleteMultipartUpload"])("when %s is refused", async (refused) => {
    const error = failed("AccessDenied", 403);
    const { upload, left } = await start((operation, send) =>
      operation === refused ? Promise.reject(error) : send(),
    );
    await expect(upload(stream(three))).rejects.toBe(error);
    expect(await left()).toEqual(nothing);
  });

  test("when S3 says 409 to the completion: another upload under another key is the caller's to begin", async () => {
    const error = failed("ConditionalRequestConflict", 409);
    const { upload, left } = await start((operation, send) =>
      operation === "CompleteMultipartUpload" ? Promise.reject(error) : send(),
    );
    await expect(upload(stream(three))).rejects.toBe(error);
    expect(await left()).toEqual(nothing);
  });

  test("when the source fails in its middle, and the source is closed", async () => {
    let closed = false;
    async function* failing(): AsyncGenerator<Buffer> {
      try {
        yield* stream(three.subarray(0, 2 * PART + 10));
        throw new Error("the source broke");
      } finally {
        closed = true;
      }
    }
    const { upload, left } = await start();
    await expect(upload(failing())).rejects.toThrow("the source broke");
    expect(closed).toBe(true);
    expect(await left()).toEqual(nothing);
  });

  test("when the call is aborted while the source hangs", async () => {
    const abort = new AbortController();
    async function* hanging(): AsyncGenerator<Buffer> {
      yield* stream(three.subarray(0, 2 * PART));
      setTimeout(() => abort.abort(new Error("enough")), 5);
      await new Promise(() => {});
    }
    const { upload, left } = await start();
    await expect(upload(hanging(), rootCall({ signal: abort.signal }))).rejects.toThrow("enough");
    expect(await left()).toEqual(nothing);
  });

  test("when a request for a part hangs until the deadline, of which time is kept for that", async () => {
    const { upload, left } = await start((operation, send, { signal }) =>
      operation === "UploadPart"
        ? new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)))
        : send(),
    );
    const call = rootCall({ timeoutMs: 1_200 });
    await expect(upload(stream(three), call)).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(Date.now()).toBeLessThan(call.deadlineMs);
    expect(await left()).toEqual(nothing);
  });

  test("when the answer to its creation is lost", async () => {
    const { upload, left, requests } = await start(async (operation, send) => {
      const answer = await send();
      if (operation === "CreateMultipartUpload") throw failed("TimeoutError", 503);
      return answer;
    });
    await expect(upload(stream(three))).rejects.toThrow("TimeoutError");
    expect(requests).toContain("ListMultipartUploads");
    expect(await left()).toEqual(nothing);
  });

  test("when the first abort fails with what passes", async () => {
    let aborts = 0;
    const { upload, left } = await start((operation, send) => {
      if (operation === "UploadPart") return Promise.reject(failed("AccessDenied", 403));
      if (operation !== "AbortMultipartUpload") return send();
      aborts += 1;
      return aborts === 1 ? Promise.reject(failed("SlowDown", 503)) : send();
    });
    await expect(upload(stream(three))).rejects.toThrow("AccessDenied");
    expect(await left()).toEqual(nothing);
  });

  test("when it is longer than an object can be", async () => {
    const { upload, left } = await start((operation, send) =>
      operation === "UploadPart" ? Promise.resolve({ ETag: "x" }) : send(),
    );
    async function* long(): AsyncGenerator<Buffer> {
      const piece = Buffer.alloc(1);
      for (let n = 0; n < 10_002; n += 1) yield piece;
    }
    await expect(upload(long(), rootCall(), { partBytes: 1 })).rejects.toMatchObject({
      code: "UPLOAD_TOO_LONG",
    });
    expect(await left()).toEqual(nothing);
  });
});

test("a request for a part that does not listen to its signal takes no more than half of the time for the abort", async () => {
  const clock = manualRuntime();
  const s3 = memoryS3(clock.now);
  const transport: AwsTransport = {
    call: (operation, input, call) =>
      operation === "UploadPart" ? new Promise(() => {}) : s3.call(operation, input, call),
  };
  const place = { transport, bucket: "bucket", key: "a" };
  const options = { ...place, partBytes: 10, concurrency: 2, settings: {}, abortReserveMs: 1_000 };
  const call = rootCall({ runtime: clock, timeoutMs: 5_000 });
  await expect(
    clock.run(uploadObject(stream(three.subarray(0, 100), 10), options, call)),
  ).rejects.toMatchObject({
    code: "DEADLINE_EXCEEDED",
  });
  expect(s3.uploads.size).toBe(0);
  expect(clock.now()).toBeLessThan(call.deadlineMs);
  expect(clock.pendingTimers).toBe(0);
});

test("an object of another attempt under the same key is not taken for one's own", async () => {
  const { client, upload } = await start();
  await upload(stream(three.subarray(0, 10)));
  await expect(upload(stream(three.subarray(10, 20)))).rejects.toMatchObject({ name: "PreconditionFailed" });
  expect(client).toBeDefined();
});
