import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DeleteObjectCommand, GetObjectCommand } from "@aws-sdk/client-s3";
import { fakeContext } from "holdfast/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import event from "../../../examples/backup/events/store-chunk.json" with { type: "json" };
import { stagedIn } from "../../../examples/backup/scenario/staged.ts";
import { chunkKey } from "../../../examples/backup/src/chunk.ts";
import { systemClock } from "../../../examples/local/clock.ts";
import type { RequestVerdict } from "../../../examples/local/faults/decide.ts";
import { startGate } from "../../../examples/local/faults/gate.ts";
import { type S3, startS3 } from "../../../examples/local/s3/server.ts";
import { type Sqs, startSqs } from "../../../examples/local/sqs/service.ts";
import { loadTemplate } from "../../../examples/local/template/load-template.ts";
import { chunk } from "./fixtures.ts";

vi.setConfig({ testTimeout: 30_000 });

const DEAD = "backup-DeadChunks";
/** Stops what was started, last first. */
const stops: (() => Promise<unknown>)[] = [];
let sqs: Sqs;
let s3: S3;
let bucket = "";
/** What becomes of a request to S3. */
let fate: (request: { readonly operation: string; readonly path: string }) => RequestVerdict | undefined;

/** The queues and the bucket that the template names, and the environment it gives to the function, which reads it once. */
beforeAll(async () => {
  sqs = await startSqs({ region: "us-east-1", accountId: "000000000000", clock: systemClock() });
  stops.push(() => sqs.stop());
  const stack = loadTemplate("examples/backup/template.yaml", { name: "backup", sqsEndpoint: sqs.endpoint });
  await sqs.createQueues(stack.queues);
  const directory = await mkdtemp(join(tmpdir(), "staging-"));
  stops.push(() => rm(directory, { recursive: true, force: true }));
  s3 = await startS3({
    directory,
    region: stack.region,
    accountId: stack.accountId,
    clock: systemClock(),
    observe: () => {},
    deliver: async () => {},
    putEvent: async () => {},
  });
  stops.push(() => s3.stop());
  await s3.createBuckets(
    stack.buckets.map(({ notifications: targets, eventBridge, ...more }) => ({
      ...more,
      notifications: { targets, eventBridge },
    })),
  );
  bucket = stack.buckets[0]?.name ?? "";
  const gate = await startGate({ service: "s3", target: s3.endpoint, decide: (request) => fate(request) });
  stops.push(() => gate.stop());
  for (const [name, value] of Object.entries({
    ...stack.functions[0]?.environment,
    AWS_REGION: stack.region,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_S3: gate.endpoint,
    AWS_ENDPOINT_URL_SQS: sqs.endpoint,
  })) {
    vi.stubEnv(name, String(value));
  }
});
afterAll(async () => {
  vi.unstubAllEnvs();
  for (const stop of stops.splice(0).reverse()) await stop();
});

const lines: string[] = [];
beforeEach(async () => {
  fate = () => undefined;
  lines.length = 0;
  await letters();
  for (const { key: Key, versionId: VersionId } of await staged()) {
    await s3.client.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId }));
  }
  vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(String(text)) > 0);
});
afterEach(() => void vi.restoreAllMocks());

const staged = () => stagedIn(s3.client, bucket);
const keys = async () => (await staged()).map(({ key }) => key).sort();

/** What was set aside since it was last asked. */
let read = 0;
async function letters() {
  const all = await sqs.inspect(DEAD);
  const some = all.slice(read);
  read = all.length;
  return some;
}

const [sample] = event.Records;
type Records = typeof event.Records;

/** Messages with these bodies, or of these chunks. */
const messages = (...bodies: readonly (string | object)[]): Records =>
  bodies.map((body, index) => ({
    ...(sample as Records[number]),
    messageId: `message-${index}`,
    body: typeof body === "string" ? body : JSON.stringify(body),
  }));

const received = (times: number, records: Records): Records =>
  records.map((record) => ({
    ...record,
    attributes: { ...record.attributes, ApproximateReceiveCount: String(times) },
  }));

const identifiers = (records: readonly { readonly messageId: string }[]) =>
  records.map(({ messageId }) => ({ itemIdentifier: messageId }));

type StoreChunk = typeof import("../../../examples/backup/src/handlers/store-chunk.ts");

async function store(records: Records = event.Records, loaded?: StoreChunk) {
  const { handler } = loaded ?? (await import("../../../examples/backup/src/handlers/store-chunk.ts"));
  return handler({ Records: records }, fakeContext({ functionName: "store-chunk", timeoutMs: 10_000 }));
}

describe("store-chunk with its example event", () => {
  it("stores both chunks, and writes nothing when they come again", async () => {
    expect(await store()).toEqual({ batchItemFailures: [] });
    const first = await staged();
    expect(await store()).toEqual({ batchItemFailures: [] });
    expect(await staged()).toEqual(first);
    const Key = chunkKey("backup-2026-11-28-000000");
    const { Body } = await s3.client.send(new GetObjectCommand({ Bucket: bucket, Key }));
    expect(await Body?.transformToString()).toBe("The first chunk of a backup.\n");
    expect(lines.map((text) => JSON.parse(text))).toEqual(
      ["now", "now", "before", "before"].map((stored) =>
        expect.objectContaining({
          service: "backup",
          event_type: "BackupChunk",
          outcome: "ok",
          correlation_id: expect.stringMatching(/^backup-2026-11-28-00000[01]$/),
          backup_id: "backup-2026-11-28",
          stored,
        }),
      ),
    );
  });

  it("writes once what two deliveries bring at the same moment", async () => {
    const answers = await Promise.all([store(), store(), store()]);
    expect(answers.flatMap(({ batchItemFailures }) => batchItemFailures)).toEqual([]);
    expect(await staged()).toHaveLength(2);
  });

  it.each([
    ["before it was done", "lose-request"],
    ["after it was done", "lose-reply"],
    ["not at all, for S3 is too busy", "throttle"],
  ] as const)("stores once though a write fails %s", async (_, what) => {
    let left = 1;
    fate = ({ operation }) => (operation === "PutObject" && left-- > 0 ? { do: what } : undefined);
    expect(await store()).toEqual({ batchItemFailures: [] });
    expect(await staged()).toHaveLength(2);
  });

  it("gives all of it back while S3 is down, sets nothing aside, and stores it when S3 is up again", async () => {
    fate = () => ({ do: "fail" });
    const { batchItemFailures } = await store();
    expect(batchItemFailures).toEqual(expect.arrayContaining(identifiers(event.Records)));
    expect(await letters()).toEqual([]);
    fate = () => undefined;
    expect(await store(received(2, event.Records))).toEqual({ batchItemFailures: [] });
    expect(await staged()).toHaveLength(2);
  });
});

describe("store-chunk with poison", () => {
  it("sets aside on the third receive what S3 never takes, and stores its neighbours on the first", async () => {
    fate = ({ operation, path }) =>
      operation === "PutObject" && path.includes(chunkKey("poison")) ? { do: "fail" } : undefined;
    const poison = chunk({ chunk_id: "poison" });
    const [bad, ...good] = messages(poison, chunk({ chunk_id: "a" }), chunk({ chunk_id: "b" }));
    const alone = bad === undefined ? [] : [bad];
    expect(await store([...alone, ...good])).toEqual({ batchItemFailures: identifiers(alone) });
    expect(await keys()).toEqual(["chunks/a", "chunks/b"]);
    expect(await store(received(2, alone))).toEqual({ batchItemFailures: identifiers(alone) });
    expect(await letters()).toEqual([]);
    expect(await store(received(3, alone))).toEqual({ batchItemFailures: [] });
    expect(await letters()).toMatchObject([
      {
        body: JSON.stringify(poison),
        attributes: { ReasonCode: "InternalError", Receives: "3", MessageId: "message-0" },
      },
    ]);
    expect(await keys()).toEqual(["chunks/a", "chunks/b"]);
  });

  const hopeless = [
    ["no JSON", "BODY_INVALID", JSON.stringify(chunk()).slice(0, 50)],
    ["no text at all", "BODY_INVALID", "0"],
    ["no hash", "BODY_INVALID", { ...chunk(), sha256: undefined }],
    ["an id that leads elsewhere", "BODY_INVALID", chunk({ chunk_id: "../../elsewhere" })],
    ["a field that has a name with odd characters", "BODY_INVALID", { ...chunk(), "\u0001é": 1 }],
    ["another content than was hashed", "CHUNK_CORRUPT", chunk({ sha256: "0".repeat(64) })],
  ] as const;

  it.each(hopeless)(
    "with %s sets it aside at once with its reason, and stores nothing",
    async (_, code, body) => {
      const records = messages(body);
      expect(await store(records)).toEqual({ batchItemFailures: [] });
      const [letter, ...more] = await letters();
      expect(more).toEqual([]);
      expect(letter).toMatchObject({
        body: records[0]?.body,
        attributes: { ReasonCode: code, Receives: "1" },
      });
      expect(letter?.attributes["Reason"]).toMatch(/not JSON|does not have its sha256/);
      expect(await staged()).toEqual([]);
      expect(lines.map((text) => JSON.parse(text).outcome)).toEqual(["set-aside"]);
    },
  );

  it("stores the good ones of the same batch", async () => {
    const bad = hopeless.map(([, , body]) => body);
    expect(await store(messages(...bad, chunk()))).toEqual({ batchItemFailures: [] });
    expect(await keys()).toEqual([chunkKey(chunk().chunk_id)]);
  });

  it("refuses another chunk under an id that is in use, with the reason, and leaves what is stored", async () => {
    await store(messages(chunk()));
    const before = await staged();
    const other = chunk({}, "other bytes");
    expect(await store(messages(other))).toEqual({ batchItemFailures: [] });
    expect(await letters()).toMatchObject([
      {
        body: JSON.stringify(other),
        attributes: { ReasonCode: "CHUNK_CONFLICT", Reason: expect.stringContaining("its content differs") },
      },
    ]);
    expect(await staged()).toEqual(before);
  });

  it("sets aside a message of the largest size, whose reason is as long: both still fit into the queue", async () => {
    const maximum = 1_047_552;
    const nameless = JSON.stringify({ ...chunk(), "": 0 });
    const large = JSON.stringify({ ...chunk(), ["x".repeat(maximum - nameless.length)]: 0 });
    expect(large).toHaveLength(maximum);
    expect(await store(messages(large))).toEqual({ batchItemFailures: [] });
    expect(await letters()).toMatchObject([{ body: large, attributes: { ReasonCode: "BODY_INVALID" } }]);
  });

  it("gives it back when it cannot be set aside", async () => {
    vi.stubEnv("DEAD_CHUNKS_URL", `${sqs.endpoint}/000000000000/nowhere`);
    const copy = "../../../examples/backup/src/handlers/store-chunk.ts?nowhere";
    const loaded: StoreChunk = await import(copy);
    vi.stubEnv("DEAD_CHUNKS_URL", `${sqs.endpoint}/000000000000/${DEAD}`);
    const records = messages("no JSON");
    expect(await store(records, loaded)).toEqual({ batchItemFailures: identifiers(records) });
  });
});
