import { GetObjectCommand, HeadObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { rootCall } from "holdfast";
import { type AwsTransport, s3Transport } from "holdfast/aws/s3";
import { s3ObjectStore } from "holdfast/object-store";
import { manualRuntime } from "holdfast/testing";
import { describe, expect, onTestFinished, test } from "vitest";
import type { RequestVerdict } from "../../examples/local/faults/decide.ts";
import { type PassingRequest, startGate } from "../../examples/local/faults/gate.ts";
import { setUp } from "../examples/local/s3/set-up.ts";

const bytes = new TextEncoder().encode("a result");
const storeOf = (client: S3Client, prefix?: string) =>
  s3ObjectStore({
    transport: s3Transport(client),
    bucket: "bucket",
    ...(prefix === undefined ? {} : { prefix }),
  });

/** A client whose requests pass a gate, with its own retries. */
async function gated(decide: (request: PassingRequest) => RequestVerdict | undefined) {
  const { s3, client } = await setUp();
  const gate = await startGate({ service: "s3", target: s3.endpoint, decide, keepBodies: true });
  const { region, credentials } = client.config;
  const through = new S3Client({ endpoint: gate.endpoint, forcePathStyle: true, region, credentials });
  onTestFinished(async () => {
    through.destroy();
    await gate.stop();
  });
  return { gate, direct: client, store: storeOf(through) };
}

/** An AWS error as clients throw it. */
const awsError = (name: string, httpStatusCode: number): Error =>
  Object.assign(new Error(name), { name, $fault: "client", $metadata: { httpStatusCode } });

/** Answers the first requests with these errors, then well. */
function failing(...errors: readonly Error[]) {
  const requests: string[] = [];
  const transport: AwsTransport = {
    async call(operation) {
      requests.push(operation);
      const error = errors[requests.length - 1];
      if (error !== undefined) throw error;
      return {};
    },
  };
  return { requests, store: s3ObjectStore({ transport, bucket: "bucket" }) };
}

describe("a put", () => {
  test("writes under the prefix, as bytes, with the client's checksum", async () => {
    const { client } = await setUp();
    await storeOf(client, "results/").put("a/b", bytes, rootCall());
    const head = await client.send(
      new HeadObjectCommand({ Bucket: "bucket", Key: "results/a/b", ChecksumMode: "ENABLED" }),
    );
    expect(head).toMatchObject({ ContentType: "application/octet-stream", ContentLength: bytes.length });
    expect(head.ChecksumCRC32).toBeTypeOf("string");
  });

  test("whose reply was lost finds its own object when the client sends it again, and resolves", async () => {
    const { gate, direct, store } = await gated(({ operation, count }) =>
      operation === "PutObject" && count === 1 ? { do: "lose-reply" } : undefined,
    );
    await store.put("key", bytes, rootCall());
    expect(gate.seen.map(({ operation }) => operation)).toEqual(["PutObject", "PutObject"]);
    const { Body } = await direct.send(new GetObjectCommand({ Bucket: "bucket", Key: "key" }));
    expect(await Body?.transformToString()).toBe("a result");
  });

  test("that meets another upload of the same key is sent again, as S3 asks", async () => {
    const conflict = awsError("ConditionalRequestConflict", 409);
    const { requests, store } = failing(conflict, conflict);
    await store.put("key", bytes, rootCall());
    expect(requests).toHaveLength(3);
  });

  test("gives up on a conflict that lasts", async () => {
    const conflict = awsError("ConditionalRequestConflict", 409);
    const { store } = failing(conflict, conflict, conflict);
    await expect(store.put("key", bytes, rootCall())).rejects.toBe(conflict);
  });

  test("that is refused rejects with what the client said", async () => {
    const denied = awsError("AccessDenied", 403);
    const { requests, store } = failing(denied);
    await expect(store.put("key", bytes, rootCall())).rejects.toBe(denied);
    expect(requests).toHaveLength(1);
  });
});

describe("a get", () => {
  test.each([
    ["of a missing bucket", awsError("NoSuchBucket", 404)],
    ["without permission", awsError("AccessDenied", 403)],
  ])("%s is an error, never an object that is not there", async (_name, error) => {
    await expect(failing(error).store.get("key", rootCall())).rejects.toBe(error);
  });

  test("of a body that stalls ends with its call, and leaves no timer", async () => {
    const clock = manualRuntime();
    const Body = { transformToByteArray: () => new Promise<never>(() => {}) };
    const store = s3ObjectStore({ transport: { call: async () => ({ Body }) }, bucket: "bucket" });
    const reading = store.get("key", rootCall({ runtime: clock, timeoutMs: 1_000 }));
    await expect(clock.run(reading)).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(clock.pendingTimers).toBe(0);
  });

  test("of a body that is cut off is an error", async () => {
    const { gate, store } = await gated(({ operation }) =>
      operation === "GetObject" ? { do: "cut-reply" } : undefined,
    );
    await store.put("key", bytes, rootCall());
    await expect(store.get("key", rootCall())).rejects.toThrow();
    await gate.stop();
  });
});

test.each(["PutObject", "GetObject"])("an abort ends a %s that S3 does not answer", async (hanging) => {
  const ended = new AbortController();
  const { store } = await gated(({ operation }) => {
    if (operation !== hanging) return undefined;
    // The request is on its way: only now is it given up.
    ended.abort(new Error("the invocation is over"));
    return { do: "delay-reply", delayMs: 60_000 };
  });
  const call = rootCall({ signal: ended.signal });
  const work = async () => {
    await store.put("key", bytes, call);
    await store.get("key", call);
  };
  await expect(work()).rejects.toThrow(/aborted|is over/);
  expect(ended.signal.aborted).toBe(true);
});

test.each([
  ["no transport", { bucket: "bucket" }, /transport/],
  ["no bucket", { transport: { call: async () => ({}) } }, /bucket/],
  ["an option that is not there", { transport: { call: async () => ({}) }, bucket: "b", pre: "" }, /"pre"/],
])("%s is refused where it is given", (_name, options, message) => {
  expect(() => s3ObjectStore(options as never)).toThrow(message);
});
