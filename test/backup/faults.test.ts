import { createHash, randomBytes } from "node:crypto";
import fc from "fast-check";
import { type Call, refusal, rootCall } from "holdfast";
import type { AwsTransport } from "holdfast/aws/s3";
import { type KeyProvider, staticKeyProvider } from "holdfast/crypto";
import { type ManualRuntime, manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { backupReader } from "../../src/backup/backup-reader.ts";
import { backupWriter } from "../../src/backup/backup-writer.ts";
import { sweepBackups } from "../../src/backup/sweep.ts";
import { type MemoryS3, memoryS3, s3Error } from "./memory-s3.ts";

const DAY_MS = 86_400_000;
/** S3 refuses what was signed before that: RequestTimeTooSkewed. Source: Amazon S3 API Reference, "Authenticating Requests". */
const SIGNED_FOR_MS = 15 * 60_000;
const PART = 5 * 2 ** 20;
const source = { name: "a", version: "1" };
/** One that is a request, and one that is two parts. */
const contents = { short: randomBytes(1_000), long: randomBytes(PART + 1_000) };
const keyProvider = staticKeyProvider({ keyId: "1", key: randomBytes(32) });

/** What goes wrong with a request, by whether S3 has done it, and what the client hears of it. */
const FAULTS = {
  none: "done, and answered",
  refused: "not done, and will not be",
  throttled: "not done, and may be later",
  conflict: "not done: 409",
  lost: "done, and the answer is lost",
  late: "done after the client has given it up, when its run has ended",
  slow: "done, but nothing more happens until the deadline of the run",
  asleep: "two days pass before it is sent, with a sweep at their end",
  killed: "the process stops before it",
  "killed-after": "the process stops after it",
} as const;
type Fault = keyof typeof FAULTS;
type Answer = Promise<Record<string, unknown>>;

/** A process that runs the backup once, whose requests go wrong as these say, one after the other; the rest is done. */
function processOf(s3: MemoryS3, clock: ManualRuntime, faults: readonly Fault[], written: Written[]) {
  const late: { readonly send: () => Answer; readonly sentMs: number }[] = [];
  const requests = faults.values();
  let mayLeaveUpload = false;
  let stop: () => void = () => {};
  const stopped = new Promise<"killed">((resolve) => {
    stop = () => resolve("killed");
  });
  let isStopped = false;
  const never = new Promise<never>(() => {});
  const kill = () => {
    isStopped = true;
    stop();
    return never;
  };
  const byFault: Readonly<Record<Fault, (send: () => Answer, call: Call) => Answer>> = {
    none: (send) => send(),
    refused: () => Promise.reject(s3Error("AccessDenied", 403)),
    throttled: () => Promise.reject(s3Error("SlowDown", 503)),
    conflict: () => Promise.reject(s3Error("ConditionalRequestConflict", 409)),
    async lost(send) {
      await send();
      throw s3Error("InternalError", 500);
    },
    async late(send) {
      late.push({ send, sentMs: clock.now() });
      throw s3Error("RequestTimeout", 400);
    },
    async slow(send, call) {
      await send();
      if (call.deadlineMs === Number.POSITIVE_INFINITY) throw s3Error("RequestTimeout", 400);
      return new Promise((_resolve, reject) =>
        call.signal.addEventListener("abort", () => reject(call.signal.reason), { once: true }),
      );
    },
    async asleep(send, call) {
      clock.jump(2 * DAY_MS);
      await sweep(s3, clock);
      refuse(call);
      return send();
    },
    killed: kill,
    "killed-after": (send) => send().then(kill, kill),
  };
  const transport: AwsTransport = {
    async call(operation, input, call) {
      if (isStopped) return never;
      refuse(call);
      const { Key, PartNumber = 0, Body } = input as { Key?: string; PartNumber?: number; Body?: Buffer };
      if (Body !== undefined && Key?.startsWith("objects/"))
        written.push({ at: `${Key} ${PartNumber}`, digest: digestOf(Body), start: Body.subarray(0, 35) });
      // Late requests come without the signal of the call that has given them up.
      const send = () =>
        s3.call(operation, input, { ...call, signal: new AbortController().signal } as never);
      const fault = requests.next().value ?? "none";
      mayLeaveUpload ||= leavesUpload(operation, fault);
      return byFault[fault](send, call);
    },
  };
  return {
    transport,
    stopped,
    mayLeaveUpload: () => mayLeaveUpload,
    /** What was on its way arrives. */
    async settle() {
      for (const { send, sentMs } of late)
        if (clock.now() - sentMs < SIGNED_FOR_MS) await send().catch(() => {});
    },
  };
}

/** As the transport over a client does before it sends. */
function refuse(call: Call): void {
  const reason = refusal(call);
  if (reason !== undefined) throw reason;
}

function sweep(s3: MemoryS3, clock: ManualRuntime): Promise<unknown> {
  return sweepBackups({ transport: s3, bucket: "b" }, rootCall({ runtime: clock }));
}

/** Whether an upload may stay open, for the lifecycle rule: the process died, it was created too late to be seen, or could not be aborted. */
function leavesUpload(operation: string, fault: Fault): boolean {
  if (fault === "killed" || fault === "killed-after" || fault === "asleep") return true;
  if (fault === "late") return operation === "CreateMultipartUpload" || TAKES_BACK.has(operation);
  return TAKES_BACK.has(operation) && ["refused", "conflict", "slow"].includes(fault);
}
const TAKES_BACK: ReadonlySet<string> = new Set([
  "AbortMultipartUpload",
  "ListParts",
  "ListMultipartUploads",
]);

interface Written {
  readonly at: string;
  readonly digest: string;
  /** Version, suite and message id, where it is the first part. */
  readonly start: Buffer;
}
const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("base64");

interface Run {
  readonly faults: readonly Fault[];
  readonly throttledKeys: boolean;
  readonly hasDeadline: boolean;
}

async function run(
  s3: MemoryS3,
  clock: ManualRuntime,
  bytes: Buffer,
  { faults, throttledKeys, hasDeadline }: Run,
  written: Written[],
) {
  const { transport, stopped, settle, mayLeaveUpload } = processOf(s3, clock, faults, written);
  const keys: KeyProvider = throttledKeys
    ? { ...keyProvider, generateDataKey: () => Promise.reject(s3Error("ThrottlingException", 400)) }
    : keyProvider;
  const writer = backupWriter({
    transport,
    bucket: "b",
    keyProvider: keys,
    compression: "none",
    partBytes: PART,
    concurrency: 2,
  });
  async function* read() {
    yield bytes;
  }
  using call = rootCall({ runtime: clock, ...(hasDeadline ? { timeoutMs: 60_000 } : {}) });
  const outcome = clock.run(
    Promise.race([
      stopped,
      writer.write({ source, read }, call).then(
        ({ status }) => status,
        () => "failed" as const,
      ),
    ]),
  );
  return { outcome: await outcome, settle, mayLeaveUpload };
}

/** What was looked at so far. */
interface Looked {
  readonly whole: Set<unknown>;
  readonly attempts: Set<string>;
}

/** How many backups there are, each of which has to be whole, and the one that was there before. What is the same still is not read again. */
async function validBackups(s3: MemoryS3, bytes: Buffer, { whole, attempts }: Looked): Promise<number> {
  const reader = backupReader({ transport: s3, bucket: "b", keyProvider });
  let found = 0;
  for await (const manifest of reader.list({}, rootCall())) {
    const object = s3.objects.get(`b/${manifest.object.key}`);
    if (object === undefined || !whole.has(object)) {
      const pieces: Uint8Array[] = [];
      for await (const piece of reader.read(manifest, rootCall())) pieces.push(piece);
      expect(Buffer.concat(pieces).equals(bytes)).toBe(true);
      whole.add(object);
    }
    attempts.add(manifest.attempt);
    found += 1;
  }
  expect(attempts.size).toBeLessThanOrEqual(1);
  return found;
}

const fault = fc.constantFrom(...(Object.keys(FAULTS) as Fault[]));
const aRun = fc.record({
  faults: fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant<Fault>("none") }, fault), { maxLength: 9 }),
  throttledKeys: fc.nat(8).map((chance) => chance === 8),
  hasDeadline: fc.boolean(),
});

test.each([
  ["short", 300],
  ["long", 25],
] as const)(
  "whatever becomes of requests, processes and keys, there is one whole backup of a %s source or none, and of each attempt one content",
  async (length, numRuns) => {
    const bytes = contents[length];
    await fc.assert(
      fc.asyncProperty(
        fc.array(aRun, { minLength: 1, maxLength: 4 }),
        fc.boolean(),
        async (runs, areTogether) => {
          const clock = manualRuntime();
          const s3 = memoryS3(clock.now);
          const written: Written[] = [];
          const looked: Looked = { whole: new Set(), attempts: new Set() };
          const backups = (): Promise<number> => validBackups(s3, bytes, looked);
          const done: Awaited<ReturnType<typeof run>>[] = [];
          const one = async (each: Run): Promise<void> => {
            const ran = await run(s3, clock, bytes, each, written);
            done.push(ran);
            const found = await backups();
            if (ran.outcome === "written" || ran.outcome === "skipped") expect(found).toBe(1);
            // Every other one's late requests arrive before the next run begins, the rest after all.
            if (!areTogether && done.length % 2 === 0) await ran.settle();
          };
          if (areTogether) await Promise.all(runs.map(one));
          else for (const each of runs) await one(each);
          if (!done.some(({ mayLeaveUpload }) => mayLeaveUpload())) expect(s3.uploads.size).toBe(0);
          for (const { settle } of done) await settle();
          expect(await backups()).toBeLessThanOrEqual(1);

          const last = await run(
            s3,
            clock,
            bytes,
            { faults: [], throttledKeys: false, hasDeadline: true },
            written,
          );
          expect(["written", "skipped"]).toContain(last.outcome);
          clock.jump(2 * DAY_MS);
          await sweep(s3, clock);
          expect(await backups()).toBe(1);
          expect(s3.objects.size).toBe(2);
          for (const { key } of s3.uploads.values()) expect(key).toMatch(/^b\/objects\//);
          expectOneContentEach(written);
        },
      ),
      { numRuns },
    );
  },
  60_000,
);

/** A key is given by message id and data key, an IV by the frame's number: what is written twice under one key has to be the same. */
function expectOneContentEach(written: readonly Written[]): void {
  const digests = new Map<string, string>();
  for (const { at, digest } of written) {
    expect(digests.get(at) ?? digest).toBe(digest);
    digests.set(at, digest);
  }
  const begun = new Map(
    written.filter(({ at }) => / [01]$/.test(at)).map(({ at, start }) => [at, start.toString("hex")]),
  );
  expect(new Set(begun.values()).size).toBe(begun.size);
}
