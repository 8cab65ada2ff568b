import type { Call } from "holdfast";
import type { AwsTransport } from "holdfast/aws/dynamodb";
import type { EventTimeWindow, KinesisWindowEvent, PoisonedRecord, RecordCall } from "holdfast/batching";
import type { IdempotencyStore } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { type CrashWorld, exploreCrashes, fakeContext } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import usageEvent from "../../../examples/streaming/events/count-usage.json" with { type: "json" };
import readingsEvent from "../../../examples/streaming/events/store-readings.json" with { type: "json" };
import paymentsEvent from "../../../examples/streaming/events/watch-payments.json" with { type: "json" };
import {
  type Alert,
  type Payment,
  paymentSchema,
  type Spendings,
} from "../../../examples/streaming/src/payment.ts";
import { readingSchema } from "../../../examples/streaming/src/reading.ts";
import { usageSchema } from "../../../examples/streaming/src/usage.ts";
import { foundBy } from "../../testing/crash-explorer/found-by.ts";
import { type OneClient, oneClient } from "../one-client.ts";
import { kinesisRecord } from "./fixtures.ts";
import { tableDouble } from "./table-double.ts";

interface Letters {
  send(poisoned: PoisonedRecord, call: Call): Promise<void>;
}
interface Alerts {
  publish(alert: Alert, call: Call): Promise<void>;
}
interface Archive {
  window(users: Spendings, window: EventTimeWindow, call: Call): Promise<void>;
  late(payment: Payment, call: RecordCall<unknown>): Promise<void>;
}

/** The handlers as they are deployed: what they make when their modules are loaded is replaced. */
const clients: {
  readonly dynamodb: OneClient<AwsTransport>;
  readonly store: OneClient<IdempotencyStore>;
  readonly letters: OneClient<Letters>;
  readonly alerts: OneClient<Alerts>;
  readonly archive: OneClient<Archive>;
} = {
  dynamodb: oneClient(),
  store: oneClient(),
  letters: oneClient(),
  alerts: oneClient(),
  archive: oneClient(),
};
vi.mock("holdfast/aws/dynamodb", () => ({ dynamoDBTransport: () => clients.dynamodb.client }));
vi.mock("holdfast/idempotency/dynamodb", () => ({ dynamoDBStore: () => clients.store.client }));
vi.mock("../../../examples/streaming/src/set-aside.ts", () => ({
  setAsideIn: () => (poisoned: PoisonedRecord, call: Call) => clients.letters.client.send(poisoned, call),
}));
vi.mock("../../../examples/streaming/src/alerts.ts", async (original) => ({
  ...(await original<typeof import("../../../examples/streaming/src/alerts.ts")>()),
  alertQueue: () => (alert: Alert, call: Call) => clients.alerts.client.publish(alert, call),
}));
vi.mock("../../../examples/streaming/src/archive.ts", () => ({ archiveIn: () => clients.archive.client }));

const NAMES = [
  "USAGE_TABLE",
  "DEAD_LETTERS_URL",
  "ALERTS_URL",
  "ALERTS_TABLE",
  "ARCHIVE_BUCKET",
  "IDEMPOTENCY_TABLE",
  "READINGS_TABLE",
];

beforeAll(async () => {
  for (const name of NAMES) vi.stubEnv(name, name);
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  // Loads ajv, which takes real time.
  for (const schema of [usageSchema, paymentSchema, readingSchema]) await schema["~standard"].validate({});
});
afterAll(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

/** Another copy of a handler's module alone, which reads the kill switch when it is loaded. */
async function unprotected<T>(again: `${string}?unprotected`): Promise<T> {
  vi.stubEnv("HOLDFAST_DISABLE", "idempotency");
  vi.spyOn(console, "error").mockReturnValue();
  const loaded: T = await import(again);
  vi.stubEnv("HOLDFAST_DISABLE", "");
  return loaded;
}

/** What a mapping keeps of a shard while processes come and go. The answer of one that it has given up says nothing any more. */
function shard<Rec extends { readonly kinesis: { readonly sequenceNumber: string } }>(
  records: readonly Rec[],
) {
  let left = records;
  let state: { [key: string]: unknown } = {};
  let invocations = 0;
  return {
    async deliver(
      invoke: (
        records: Rec[],
        state: { [key: string]: unknown },
        isFinal: boolean,
      ) => Promise<{
        readonly batchItemFailures: readonly { readonly itemIdentifier: string }[];
        readonly state?: { [key: string]: unknown };
      }>,
      isFinal = false,
    ): Promise<void> {
      invocations += 1;
      const own = invocations;
      const answer = await invoke([...left], state, isFinal);
      if (own !== invocations) return;
      const [failure] = answer.batchItemFailures;
      const from = left.findIndex(({ kinesis }) => kinesis.sequenceNumber === failure?.itemIdentifier);
      left = from === -1 ? [] : left.slice(from);
      if (answer.state !== undefined) state = answer.state;
      if (left.length > 0) throw new Error("Some of it comes again.");
    },
  };
}

type CountUsage = typeof import("../../../examples/streaming/src/handlers/count-usage.ts");
const loadUsage = (): Promise<CountUsage> =>
  import("../../../examples/streaming/src/handlers/count-usage.ts");

function counting({ handler }: CountUsage, { bad = false } = {}): () => CrashWorld {
  return () => {
    const table = tableDouble();
    const letters: string[] = [];
    const records = usageEvent.Records.slice(0, 3);
    const { deliver } = shard(bad ? [...records, kinesisRecord(9, "acme", "no JSON")] : records);
    return {
      start({ watch, runtime }) {
        clients.dynamodb.serve(runtime, watch("dynamodb", table.dynamodb));
        clients.letters.serve(
          runtime,
          watch("letters", {
            send: async ({ reason }: PoisonedRecord) => void letters.push(String(reason.code)),
          }),
        );
        const context = () => fakeContext({ runtime, timeoutMs: 10_000 });
        return () => deliver((Records) => handler({ Records }, context()));
      },
      check() {
        const counted = [...table.usage].map(([key, { events, units }]) => [key, events, units]);
        expect(counted.toSorted()).toEqual([
          ["acme/2025-11-25", 2, 7],
          ["globex/2025-11-25", 1, 10],
        ]);
        expect(new Set(letters)).toEqual(new Set(bad ? ["BODY_INVALID"] : []));
      },
    };
  };
}

describe("count-usage, whatever await it dies, loses a reply or sleeps at", () => {
  it("counts every event once", { timeout: 60_000 }, async () => {
    const report = await exploreCrashes(counting(await loadUsage()), { maxFaults: 2 });
    expect(report).toMatchObject({ isComplete: true, awaits: ["dynamodb.call", "dynamodb.call"] });
  });

  it("sets a bad event aside at least once, and counts the good ones once", async () => {
    const report = await exploreCrashes(counting(await loadUsage(), { bad: true }));
    expect(report).toMatchObject({ isComplete: true });
    expect(report.awaits).toContain("letters.send");
  });

  it("counts events twice without the condition: the control", async () => {
    const found = await foundBy(
      counting(await unprotected("../../../examples/streaming/src/handlers/count-usage.ts?unprotected")),
    );
    expect(found.schedule).toHaveLength(1);
  });
});

type WatchPayments = typeof import("../../../examples/streaming/src/handlers/watch-payments.ts");
const loadPayments = (): Promise<WatchPayments> =>
  import("../../../examples/streaming/src/handlers/watch-payments.ts");

function watching({ handler }: WatchPayments): () => CrashWorld {
  return () => {
    const records = memoryStore();
    const published: string[] = [];
    const kept = new Map<string, string>();
    const { Records, ...fields } = paymentsEvent;
    const { deliver } = shard(Records);
    const put = (key: string, value: unknown): void => {
      const text = JSON.stringify(value);
      expect(kept.get(key) ?? text).toBe(text);
      kept.set(key, text);
    };
    const alerts: Alerts = { publish: async ({ alertId }) => void published.push(alertId) };
    const archive: Archive = {
      window: async (users, { id, isComplete }) => put(`${isComplete} ${id.slice(0, 13)}`, users),
      late: async ({ paymentId }) => put(paymentId, "late"),
    };
    return {
      start({ watch, runtime }) {
        clients.store.serve(runtime, watch("store", records));
        clients.alerts.serve(runtime, watch("alerts", alerts));
        clients.archive.serve(runtime, watch("archive", archive));
        const invoke = (some: typeof Records, state: { [key: string]: unknown }, isFinal: boolean) => {
          const event: KinesisWindowEvent = {
            ...fields,
            Records: some,
            state,
            isFinalInvokeForWindow: isFinal,
          };
          return handler(event, fakeContext({ runtime, timeoutMs: 10_000 }));
        };
        return async () => {
          await deliver(invoke);
          await deliver(invoke, true);
        };
      },
      check() {
        // One alert, whose effect is counted; published under one id, which the queue knows.
        expect(records.applied).toHaveLength(1);
        expect(new Set(published)).toEqual(new Set(["ada/2025-11-25T09:00:00.000Z"]));
        expect([...kept.keys()].toSorted()).toEqual([
          "false 1764061500000",
          "payment-6",
          "true 1764061200000",
        ]);
        expect(JSON.parse(kept.get("true 1764061200000") ?? "")).toEqual({
          ada: { payments: 3, cents: 3_750, countries: ["DE", "FR", "US"] },
          bob: { payments: 1, cents: 1_250, countries: ["DE"] },
        });
      },
    };
  };
}

describe("watch-payments, whatever await it dies, loses a reply or sleeps at", () => {
  it("raises one alert, and keeps each window and each late payment", { timeout: 60_000 }, async () => {
    const report = await exploreCrashes(watching(await loadPayments()));
    expect(report).toMatchObject({ isComplete: true });
    expect(new Set(report.awaits)).toEqual(
      new Set(["store.claim", "alerts.publish", "store.transact", "archive.window", "archive.late"]),
    );
  });

  it("raises it twice without idempotency: the control", async () => {
    const found = await foundBy(
      watching(await unprotected("../../../examples/streaming/src/handlers/watch-payments.ts?unprotected")),
    );
    expect(found.schedule).toHaveLength(1);
  });
});

type StoreReadings = typeof import("../../../examples/streaming/src/handlers/store-readings.ts");
const loadReadings = (): Promise<StoreReadings> =>
  import("../../../examples/streaming/src/handlers/store-readings.ts");

function storing({ handler }: StoreReadings): () => CrashWorld {
  return () => {
    const table = tableDouble();
    return {
      start({ watch, runtime }) {
        clients.dynamodb.serve(runtime, watch("dynamodb", table.dynamodb));
        return async () => {
          const { batchItemFailures } = await handler(
            readingsEvent,
            fakeContext({ runtime, timeoutMs: 10_000 }),
          );
          if (batchItemFailures.length > 0) throw new Error("Some of it comes again.");
        };
      },
      check() {
        expect([...table.readings.values()].map(({ value }) => value).toSorted()).toEqual([
          71.5, 72.5, 73.5, 74.5,
        ]);
      },
    };
  };
}

describe("store-readings, whatever await it dies, loses a reply or sleeps at", () => {
  it("stores every reading once in effect, all of them together", async () => {
    const report = await exploreCrashes(storing(await loadReadings()), { maxFaults: 2 });
    expect(report).toMatchObject({ isComplete: true, awaits: ["dynamodb.call"] });
  });

  it("stores readings twice when their keys are of their deliveries: the control", async () => {
    const found = await foundBy(
      storing(await unprotected("../../../examples/streaming/src/handlers/store-readings.ts?unprotected")),
    );
    expect(found.schedule).toHaveLength(1);
  });
});
