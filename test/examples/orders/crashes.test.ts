import type { Call } from "holdfast";
import type { AwsTransport } from "holdfast/aws/dynamodb";
import type { IdempotencyStore } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { type CrashProcess, type CrashWorld, exploreCrashes, fakeContext } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import bulkEvent from "../../../examples/orders/events/bulk-store-orders.json" with { type: "json" };
import placeEvent from "../../../examples/orders/events/place-order.json" with { type: "json" };
import storeEvent from "../../../examples/orders/events/store-order.json" with { type: "json" };
import { type Customer, orderPlaced } from "../../../examples/orders/src/order.ts";
import { fakeBus, idOf } from "../../events/fake-bus.ts";
import { foundBy } from "../../testing/crash-explorer/found-by.ts";
import { type OneClient, oneClient } from "../one-client.ts";

interface Accounting {
  customerOf(customerId: string, call: Call): Promise<Customer>;
}

/** The handlers as they are deployed, on stores in memory: what they make when their modules are loaded is replaced. */
const clients: {
  readonly store: OneClient<IdempotencyStore>;
  readonly transport: OneClient<AwsTransport>;
  readonly accounting: OneClient<Accounting>;
} = { store: oneClient(), transport: oneClient(), accounting: oneClient() };
vi.mock("holdfast/idempotency/dynamodb", () => ({ dynamoDBStore: () => clients.store.client }));
vi.mock("holdfast/aws/dynamodb", () => ({ dynamoDBTransport: () => clients.transport.client }));
vi.mock("holdfast/aws/eventbridge", () => ({ eventBridgeTransport: () => clients.transport.client }));
vi.mock("../../../examples/orders/src/accounting.ts", () => ({
  accountingAt: () => (customerId: string, call: Call) =>
    clients.accounting.client.customerOf(customerId, call),
}));

beforeAll(async () => {
  for (const [name, value] of Object.entries({
    ACCOUNTING_URL: "http://accounting.invalid",
    BULK_ORDERS_TABLE: "BulkOrders",
    IDEMPOTENCY_TABLE: "Idempotency",
    ORDERS_TABLE: "Orders",
    ORDER_BUS: "orders",
    TOTALS_TABLE: "Totals",
  })) {
    vi.stubEnv(name, value);
  }
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  // Loads ajv, which takes real time.
  await orderPlaced.check({});
});
afterAll(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

const accounting: Accounting = { customerOf: async () => ({ name: "Ada", segment: "gold" }) };

function serveStore({ watch, runtime }: CrashProcess, records: IdempotencyStore): void {
  clients.store.serve(runtime, watch("store", records));
}
function serveAccounting({ watch, runtime }: CrashProcess): void {
  clients.accounting.serve(runtime, watch("accounting", accounting));
}
function serveTransport({ watch, runtime }: CrashProcess, name: string, transport: AwsTransport): void {
  clients.transport.serve(runtime, watch(name, transport));
}

type StoreOrder = typeof import("../../../examples/orders/src/handlers/store-order.ts");

function storing({ handler }: StoreOrder): () => CrashWorld {
  return () => {
    const records = memoryStore();
    return {
      start(process) {
        serveStore(process, records);
        serveAccounting(process);
        return () => handler(storeEvent, fakeContext({ runtime: process.runtime, timeoutMs: 10_000 }));
      },
      check: () => expect(records.applied.map((item) => Object.keys(item))).toEqual([["Put"], ["Update"]]),
    };
  };
}

describe("store-order, whatever await it dies, loses a reply or sleeps at", () => {
  it("stores the order and counts it in its day's total once", { timeout: 60_000 }, async () => {
    const loaded = await import("../../../examples/orders/src/handlers/store-order.ts");
    const report = await exploreCrashes(storing(loaded), { maxFaults: 2 });
    expect(report).toMatchObject({
      isComplete: true,
      awaits: ["store.claim", "accounting.customerOf", "store.transact"],
    });
  });

  it("counts it twice when the protection is switched off: the control", async () => {
    vi.stubEnv("HOLDFAST_DISABLE", "idempotency");
    vi.spyOn(console, "error").mockReturnValue();
    // Another copy of the module alone, which reads the switch when it is loaded.
    const again = "../../../examples/orders/src/handlers/store-order.ts?unprotected";
    const loaded: StoreOrder = await import(again);
    vi.stubEnv("HOLDFAST_DISABLE", "");
    const found = await foundBy(storing(loaded));
    expect(found.schedule).toMatchObject([{ operation: "store.transact", do: "stop-after" }]);
  });
});

describe("place-order, whatever await it dies, loses a reply or sleeps at", () => {
  it("publishes one event, however often it is sent, and accepts it in the end", {
    timeout: 60_000,
  }, async () => {
    const { handler } = await import("../../../examples/orders/src/handlers/place-order.ts");
    const world = (): CrashWorld => {
      const records = memoryStore();
      const bus = fakeBus();
      return {
        start(process) {
          serveStore(process, records);
          serveTransport(process, "eventbridge", bus);
          return async () => {
            const context = fakeContext({ runtime: process.runtime, timeoutMs: 10_000 });
            const answer = await handler(placeEvent, context);
            // A client sends its request again until it is accepted.
            if (answer.statusCode !== 202) throw new Error(`status ${answer.statusCode}`);
            return answer;
          };
        },
        check() {
          expect(new Set(bus.taken.map(idOf))).toEqual(new Set(["order-placed/order-1001"]));
          expect(new Set(bus.taken.map(({ Detail }) => Detail)).size).toBe(1);
        },
      };
    };
    const report = await exploreCrashes(world, { maxFaults: 2 });
    expect(report).toMatchObject({
      isComplete: true,
      awaits: ["store.claim", "eventbridge.call", "store.write"],
    });
  });
});

describe("bulk-store-orders, whatever await it dies, loses a reply or sleeps at", () => {
  it("stores each order once, the same bytes in every write", async () => {
    const { handler } = await import("../../../examples/orders/src/handlers/bulk-store-orders.ts");
    const world = (): CrashWorld => {
      const written = new Map<string, Set<string>>();
      const table: AwsTransport = {
        async call(_, input) {
          const { RequestItems } = input as {
            readonly RequestItems: Record<string, { PutRequest: { Item: { orderId: { S: string } } } }[]>;
          };
          for (const { PutRequest } of RequestItems["BulkOrders"] ?? []) {
            const { S: id } = PutRequest.Item.orderId;
            const bytes = written.get(id) ?? new Set();
            written.set(id, bytes.add(JSON.stringify(PutRequest.Item)));
          }
          return { UnprocessedItems: {} };
        },
      };
      return {
        start(process) {
          serveTransport(process, "dynamodb", table);
          serveAccounting(process);
          return async () => {
            const context = fakeContext({ runtime: process.runtime, timeoutMs: 10_000 });
            const { batchItemFailures } = await handler(bulkEvent, context);
            // SQS delivers what is named again.
            if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} failed`);
          };
        },
        check() {
          expect(written.size).toBe(bulkEvent.Records.length);
          for (const bytes of written.values()) expect(bytes.size).toBe(1);
        },
      };
    };
    const report = await exploreCrashes(world);
    expect(report.isComplete).toBe(true);
    expect(new Set(report.awaits)).toEqual(new Set(["accounting.customerOf", "dynamodb.call"]));
  });
});
