import type { Call } from "holdfast";
import type { IdempotencyStore } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { type CrashWorld, exploreCrashes, fakeContext } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import event from "../../../examples/log-processing/events/object-created.json" with { type: "json" };
import type { LogObject, OpenObject } from "../../../examples/log-processing/src/log-object.ts";
import { type OneClient, oneClient } from "../one-client.ts";

interface Objects {
  read(log: LogObject, call: Call): Promise<OpenObject>;
}

/** The handler as it is deployed, on stores in memory: what it makes when its module is loaded is replaced. */
const clients: {
  readonly store: OneClient<IdempotencyStore>;
  readonly objects: OneClient<Objects>;
} = { store: oneClient(), objects: oneClient() };
vi.mock("holdfast/idempotency/dynamodb", () => ({ dynamoDBStore: () => clients.store.client }));
vi.mock("../../../examples/log-processing/src/s3-object.ts", () => ({
  s3Objects: () => (log: LogObject, call: Call) => clients.objects.client.read(log, call),
}));

beforeAll(() => {
  for (const name of ["IDEMPOTENCY_TABLE", "PROCESSED_LOGS_TABLE", "DAILY_ERRORS_TABLE"]) {
    vi.stubEnv(name, name);
  }
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
});
afterAll(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

async function* bytes(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("INFO all is well\nERROR it is not\n");
}

describe("process-log, whatever await it dies, loses a reply or sleeps at", () => {
  it("counts a log in its day's total once", { timeout: 60_000 }, async () => {
    const { handler } = await import("../../../examples/log-processing/src/handlers/process-log.ts");
    const world = (): CrashWorld => {
      const records = memoryStore();
      const bucket: Objects = { read: async () => ({ contentEncoding: undefined, bytes: bytes() }) };
      return {
        start({ watch, runtime }) {
          clients.store.serve(runtime, watch("store", records));
          clients.objects.serve(runtime, watch("s3", bucket));
          return () => handler(event, fakeContext({ runtime, timeoutMs: 60_000 }));
        },
        check: () => expect(records.applied.map((item) => Object.keys(item))).toEqual([["Put"], ["Update"]]),
      };
    };
    const report = await exploreCrashes(world, { maxFaults: 2 });
    expect(report).toMatchObject({ isComplete: true, awaits: ["store.claim", "s3.read", "store.transact"] });
  });
});
