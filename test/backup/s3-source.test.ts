import { randomBytes } from "node:crypto";
import { rootCall } from "holdfast";
import type { AwsTransport } from "holdfast/aws/s3";
import { manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { s3Source } from "../../src/backup/s3-source.ts";

const object = randomBytes(1_000);
const place = { bucket: "logs", key: "a.log" };

type Body = (rest: Buffer) => AsyncGenerator<Buffer>;

/** An S3 with one object, each of whose bodies ends as these say; the last one says for all that follow. */
function fake(...bodies: readonly Body[]) {
  const requests: Record<string, unknown>[] = [];
  const transport: AwsTransport = {
    async call(operation, input) {
      expect(operation).toBe("GetObject");
      requests.push({ ...input });
      const { Range } = input as { readonly Range?: string };
      const rest = object.subarray(Number(/\d+/.exec(Range ?? "0")?.[0]));
      return { Body: (bodies[requests.length - 1] ?? bodies.at(-1))?.(rest), ContentLength: rest.length };
    },
  };
  return { requests, transport };
}

const whole: Body = async function* (rest) {
  for (let at = 0; at < rest.length; at += 70) yield rest.subarray(at, at + 70);
};
const broken: Body = async function* (rest) {
  yield rest.subarray(0, 100);
  throw new Error("ECONNRESET");
};
const short: Body = async function* (rest) {
  yield rest.subarray(0, 100);
};
const empty: Body = async function* () {};
const hanging: Body = async function* (rest) {
  yield rest.subarray(0, 100);
  await new Promise(() => {});
};

async function read(transport: AwsTransport, changes: object = {}, call = rootCall()): Promise<Buffer> {
  const found: Uint8Array[] = [];
  const { read: begin } = s3Source({ transport, ...place, versionId: "v1", ...changes });
  for await (const piece of await begin(call)) found.push(piece);
  return Buffer.concat(found);
}

test.each([
  ["a connection that breaks", broken],
  ["a body that is too short", short],
])("%s is followed by another from its byte on, of the same version", async (_what, body) => {
  const { transport, requests } = fake(body, body, whole);
  expect((await read(transport)).equals(object)).toBe(true);
  expect(requests).toEqual([
    { Bucket: "logs", Key: "a.log", VersionId: "v1" },
    { Bucket: "logs", Key: "a.log", VersionId: "v1", Range: "bytes=100-" },
    { Bucket: "logs", Key: "a.log", VersionId: "v1", Range: "bytes=200-" },
  ]);
});

test("a connection that gives nothing for a while is given up for another", async () => {
  const clock = manualRuntime();
  const { transport, requests } = fake(hanging, whole);
  const bytes = await clock.run(read(transport, { stalledAfterMs: 10 }, rootCall({ runtime: clock })));
  expect(bytes.equals(object)).toBe(true);
  expect(requests).toHaveLength(2);
});

test("connections that give not a byte, one after the other, are an error in the end", async () => {
  const { transport, requests } = fake(short, empty);
  await expect(read(transport)).rejects.toMatchObject({ code: "BACKUP_SOURCE_CUT", retryable: true });
  expect(requests).toHaveLength(4);
});

test("an abort ends it, and no other connection is opened", async () => {
  const abort = new AbortController();
  const { transport, requests } = fake(hanging);
  const reading = read(transport, {}, rootCall({ signal: abort.signal }));
  abort.abort(new Error("enough"));
  await expect(reading).rejects.toThrow("enough");
  expect(requests).toHaveLength(1);
});

test("without versions the object must still have its ETag", async () => {
  const { transport, requests } = fake(short, whole);
  await read(transport, { versionId: undefined, etag: '"abc"' });
  expect(requests[0]).toEqual({ Bucket: "logs", Key: "a.log", IfMatch: '"abc"' });
  const other: AwsTransport = {
    call: () => Promise.reject(Object.assign(new Error("no"), { name: "PreconditionFailed" })),
  };
  await expect(read(other, { versionId: "null", etag: "abc" })).rejects.toMatchObject({
    code: "BACKUP_SOURCE_CHANGED",
    retryable: false,
  });
});

test.each([
  ["neither version nor ETag", {}, /versionId or etag/],
  ["no key", { key: "", versionId: "v1" }, /key/],
])("%s is refused where it is given", (_what, changes, message) => {
  const { transport } = fake(whole);
  expect(() => s3Source({ transport, ...place, ...changes })).toThrow(message);
});
