import { randomBytes } from "node:crypto";
import { refusal, rootCall } from "holdfast";
import type { AwsTransport } from "holdfast/aws/s3";
import { staticKeyProvider } from "holdfast/crypto";
import { type ManualRuntime, manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { backupReader } from "../../src/backup/backup-reader.ts";
import { backupWriter } from "../../src/backup/backup-writer.ts";
import { s3Source } from "../../src/backup/s3-source.ts";
import { sweepBackups } from "../../src/backup/sweep.ts";
import { memoryS3 } from "./memory-s3.ts";

const HOUR_MS = 3_600_000;
/** More than a part. */
const [first, second] = [randomBytes(10 * 2 ** 20), randomBytes(10 * 2 ** 20)];
const keyProvider = staticKeyProvider({ keyId: "1", key: randomBytes(32) });

type Pieces = AsyncIterable<Uint8Array>;

/** An object of S3 that is backed up; `body` says what becomes of the connections to it. */
async function start(body: (pieces: Pieces, connection: number) => Pieces = (pieces) => pieces) {
  const clock = manualRuntime();
  const s3 = memoryS3(clock.now);
  const put = (bytes: Buffer) => s3.objects.set("logs/a", { bytes, modifiedMs: clock.now() });
  put(first);
  let connections = 0;
  const source: AwsTransport = {
    async call(operation, input, call) {
      const answer = await s3.call(operation, input, call);
      connections += 1;
      return { ...answer, Body: body(answer["Body"] as Pieces, connections) };
    },
  };
  const place = { transport: s3, bucket: "b", keyProvider };
  // Threads that compress are no timers: the clock would not wait for them.
  const writer = backupWriter({ ...place, compression: "none" });
  const call = () => rootCall({ runtime: clock, timeoutMs: 600_000 });
  const head = await s3.call("HeadObject", { Bucket: "logs", Key: "a" }, call());
  const input = s3Source({
    transport: source,
    bucket: "logs",
    key: "a",
    etag: String(head["ETag"]),
    stalledAfterMs: 1_000,
  });
  return {
    s3,
    clock,
    put,
    write: () => writer.write(input, call()),
    left: () => [...s3.objects.keys()].filter((key) => key.startsWith("b/")).length + s3.uploads.size,
    async restored(): Promise<Buffer> {
      const reader = backupReader(place);
      const pieces: Uint8Array[] = [];
      for await (const piece of reader.read(await reader.find(input.source, call()), call()))
        pieces.push(piece);
      return Buffer.concat(pieces);
    },
  };
}

/** So many pieces, and then this. */
async function* until(pieces: Pieces, most: number, then: () => unknown): AsyncGenerator<Uint8Array> {
  let count = 0;
  for await (const piece of pieces) {
    if (count === most) return void (await then());
    count += 1;
    yield piece;
  }
}
const broken = (): never => {
  throw new Error("ECONNRESET");
};

test.each([
  ["breaks", broken],
  ["ends too early", () => {}],
])("a source whose connection %s now and then is backed up whole", async (_what, then) => {
  const { write, restored } = await start((pieces) => until(pieces, 50, then));
  await write();
  expect((await restored()).equals(first)).toBe(true);
});

test.each([
  ["breaks", broken, "ECONNRESET", (work: Promise<unknown>) => work],
  ["ends", () => {}, "BACKUP_SOURCE_CUT", (work: Promise<unknown>) => work],
  [
    "gives nothing more",
    () => new Promise(() => {}),
    "BACKUP_SOURCE_STALLED",
    (work: Promise<unknown>, clock: ManualRuntime) => clock.run(work),
  ],
] as const)(
  "of a source that %s for good nothing is left, and another run backs it up",
  async (_what, then, error, ran) => {
    let isDown = true;
    const { clock, write, left, restored } = await start((pieces, connection) =>
      isDown ? until(pieces, connection === 1 ? 120 : 0, then) : pieces,
    );
    const down = write();
    down.catch(() => {});
    await expect(ran(down, clock)).rejects.toSatisfy((thrown) =>
      [Object(thrown).code, Object(thrown).message].includes(error),
    );
    expect(left()).toBe(0);
    isDown = false;
    await write();
    expect((await restored()).equals(first)).toBe(true);
  },
);

test("a source that is overwritten while a connection reads it is backed up as it was", async () => {
  const { put, write, restored } = await start((pieces) =>
    (async function* () {
      for await (const piece of pieces) {
        put(second);
        yield piece;
      }
    })(),
  );
  await write();
  expect((await restored()).equals(first)).toBe(true);
});

test("a source that is overwritten between two connections is no backup, and nothing is left", async () => {
  const { put, write, left } = await start((pieces) =>
    until(pieces, 120, () => {
      put(second);
      broken();
    }),
  );
  await expect(write()).rejects.toMatchObject({ code: "BACKUP_SOURCE_CHANGED" });
  expect(left()).toBe(0);
});

test("a run that slept for a day writes no manifest, whose object a sweep may have removed", async () => {
  const { s3, clock, left } = await start();
  const timersBefore = clock.pendingTimers;
  const source = { name: "a", version: "1" };
  let isAsleep = true;
  const transport: AwsTransport = {
    async call(operation, input, call) {
      const answer = await s3.call(operation, input, call);
      if (operation === "PutObject" && isAsleep) {
        isAsleep = false;
        clock.jump(25 * HOUR_MS);
        await sweepBackups({ transport: s3, bucket: "b" }, rootCall({ runtime: clock }));
      }
      const reason = refusal(call);
      if (reason !== undefined) throw reason;
      return answer;
    },
  };
  const writer = backupWriter({ transport, bucket: "b", keyProvider });
  async function* read() {
    yield first.subarray(0, 1_000);
  }
  const call = () => rootCall({ runtime: clock });
  await expect(writer.write({ source, read }, call())).rejects.toMatchObject({
    code: "BACKUP_TOO_LONG",
    retryable: true,
  });
  expect(left()).toBe(0);
  const { manifest } = await writer.write({ source, read }, call());
  await backupReader({ transport, bucket: "b", keyProvider }).verify(manifest, call());
  expect(clock.pendingTimers).toBe(timersBefore);
});
