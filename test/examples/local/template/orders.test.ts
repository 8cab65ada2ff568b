import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadTemplate } from "../../../../examples/local/template/load-template.ts";

const template = fileURLToPath(new URL("../../../../examples/orders/template.yaml", import.meta.url));
const handlers = [
  "place-order",
  "store-order",
  "bulk-store-orders",
  "fulfil-order",
  "pay-order",
  "reserve-stock",
  "notify-customer",
  "read-payment",
  "operate-payments",
];

/** The app's own template beside handlers of the same names: what they do is no matter here. */
let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "orders-"));
  mkdirSync(join(folder, "src/handlers"), { recursive: true });
  cpSync(template, join(folder, "template.yaml"));
  for (const name of handlers) writeFileSync(join(folder, `src/handlers/${name}.ts`), "");
});
afterAll(() => rmSync(folder, { recursive: true }));

const load = (options: { speed?: number; parameters?: Record<string, string> } = {}) =>
  loadTemplate(join(folder, "template.yaml"), {
    name: "orders",
    sqsEndpoint: "http://127.0.0.1:9324",
    ...options,
  });

describe("the orders app's template", () => {
  test("takes POST /orders to the function that places orders, and a payment's status to the one that reads it", () => {
    const { httpApis, functions } = load();
    const place = functions.find(({ logicalId }) => logicalId === "PlaceOrderFunction");
    const read = functions.find(({ logicalId }) => logicalId === "ReadPaymentFunction");
    expect(httpApis).toMatchObject([
      {
        routes: [
          { method: "POST", path: "/orders", functionArn: place?.arn },
          { method: "GET", path: "/orders/{orderId}/payment", functionArn: read?.arn },
        ],
      },
    ]);
    expect(place?.environment).toMatchObject({
      IDEMPOTENCY_TABLE: "orders-IdempotencyTable",
      ORDER_BUS: "orders-bus",
    });
  });

  test("takes placed orders to a function and to two queues, each delivery with a dead-letter queue", () => {
    const { rules, functions, queues } = load();
    const arnOf = (id: string) => [...functions, ...queues].find(({ logicalId }) => logicalId === id)?.arn;
    const deadLetterArn = arnOf("UndeliveredOrders");
    expect(rules).toMatchObject([
      {
        busName: "orders-bus",
        pattern: {
          source: ["order.service"],
          "detail-type": ["OrderPlaced"],
          detail: { _meta: { version: [1] } },
        },
        targets: [
          { arn: arnOf("StoreOrderFunction"), deadLetterArn },
          { arn: arnOf("BulkOrdersQueue"), deadLetterArn },
          { arn: arnOf("FulfilOrdersQueue"), deadLetterArn },
        ],
      },
      {
        busName: "orders-bus",
        pattern: { source: ["flag.service"], "detail-type": ["FlagChanged"], detail: { flag: ["payments"] } },
        targets: [{ arn: arnOf("OperatePaymentsFunction"), deadLetterArn }],
      },
    ]);
  });

  test("takes orders of marketplaces, and nothing else, from the topic to three queues as they were published, each delivery with a dead-letter queue", () => {
    const { subscriptions, topics, queues } = load();
    const arnOf = (id: string) => queues.find(({ logicalId }) => logicalId === id)?.arn;
    expect(subscriptions).toMatchObject(
      ["PayOrdersQueue", "ReserveStockQueue", "NotifyCustomersQueue"].map((queue) => ({
        topicArn: topics.find(({ logicalId }) => logicalId === "OrderCreatedTopic")?.arn,
        endpointArn: arnOf(queue),
        rawMessageDelivery: true,
        filterPolicyScope: "MessageBody",
        filterPolicy: { source: ["marketplace.service"], "detail-type": ["OrderCreated"] },
        deadLetterArn: arnOf("UndeliveredOrders"),
      })),
    );
  });

  test("tries again a minute later, by the same function, what the circuit refused", () => {
    const { queues, queueMappings, functions } = load();
    for (const [queue, fn] of [
      ["SkippedPayments", "PayOrderFunction"],
      ["SkippedFulfilments", "FulfilOrderFunction"],
    ]) {
      const aside = queues.find(({ logicalId }) => logicalId === queue);
      const { arn, environment } = functions.find(({ logicalId }) => logicalId === fn) ?? {};
      expect(aside?.delaySeconds).toBe(120);
      expect(environment?.["SKIPPED_URL"]).toBe(aside?.url);
      expect(queueMappings).toContainEqual(
        expect.objectContaining({ queueArn: aside?.arn, functionArn: arn }),
      );
    }
  });

  test("gives one circuit, with the same rules, to every function that calls the payment provider", () => {
    const callers = load({ parameters: { PaymentsCooldownMs: "500" } }).functions.filter(
      ({ environment }) => "PAYMENTS_URL" in environment,
    );
    expect(callers.map(({ logicalId }) => logicalId)).toEqual([
      "FulfilOrderFunction",
      "PayOrderFunction",
      "ReadPaymentFunction",
    ]);
    for (const { environment } of callers) {
      expect(environment).toMatchObject({
        CIRCUITS_TABLE: "orders-CircuitsTable",
        PAYMENTS_COOLDOWN_MS: "500",
        PAYMENTS_FAILURES_TO_OPEN: "5",
      });
    }
  });

  test("takes each queue to its function in batches, failures one by one, dead after three receives", () => {
    const { queueMappings, queues } = load();
    const windows = queueMappings.map(({ queueArn, batchSize, windowSeconds, reportBatchItemFailures }) => {
      expect(reportBatchItemFailures).toBe(true);
      return [queueArn.split("-").at(-1), batchSize, windowSeconds];
    });
    expect(windows).toEqual([
      ["BulkOrdersQueue", 25, 1],
      ["FulfilOrdersQueue", 10, 1],
      ["SkippedFulfilments", 10, 1],
      // A window of a second is longer than the three legs of a marketplace's order may take.
      ["PayOrdersQueue", 10, 0],
      ["SkippedPayments", 10, 1],
      ["ReserveStockQueue", 10, 0],
      ["NotifyCustomersQueue", 10, 0],
    ]);
    for (const name of ["BulkOrders", "FulfilOrders", "PayOrders", "ReserveStock", "NotifyCustomers"]) {
      expect(queues.find(({ logicalId }) => logicalId === `${name}Queue`)?.redrive).toEqual({
        deadLetterArn: queues.find(({ logicalId }) => logicalId === `${name}DeadLetters`)?.arn,
        maxReceiveCount: 3,
      });
    }
  });

  test("keeps a message hidden for at least six times as long as its function may run", () => {
    const { queueMappings, queues, functions } = load();
    for (const { queueArn, functionArn } of queueMappings) {
      const queue = queues.find(({ arn }) => arn === queueArn);
      const fn = functions.find(({ arn }) => arn === functionArn);
      expect(queue?.visibilityTimeoutSeconds).toBeGreaterThanOrEqual(6 * (fn?.timeoutSeconds ?? Number.NaN));
    }
  });

  test("keeps every message for 14 days, and names where failed invocations go", () => {
    const { queues, functions } = load();
    expect(new Set(queues.map(({ retentionSeconds }) => retentionSeconds))).toEqual(new Set([1_209_600]));
    expect(functions.find(({ logicalId }) => logicalId === "StoreOrderFunction")?.asyncInvoke).toEqual({
      maximumRetryAttempts: 2,
      maximumEventAgeSeconds: 21_600,
      onFailureArn: queues.find(({ logicalId }) => logicalId === "StoreOrderFailures")?.arn,
    });
  });

  test("has its tables, keyed by what must be unique", () => {
    const keys = load().tables.map(({ logicalId, keySchema, ttlAttribute }) => [
      logicalId,
      keySchema.map(({ AttributeName }) => AttributeName).join(),
      ttlAttribute,
    ]);
    expect(keys).toEqual([
      ["IdempotencyTable", "id", "expiresAt"],
      ["OrdersTable", "orderId", undefined],
      ["OrderTotalsTable", "day", undefined],
      ["BulkOrdersTable", "orderId", undefined],
      ["CircuitsTable", "id", "expiresAt"],
      ["OrderStateTable", "orderId", undefined],
      ["StockTable", "productId", undefined],
      ["ReservationsTable", "reservationId", undefined],
      ["NotificationsTable", "orderId", undefined],
      ["ReviewsTable", "reviewId", undefined],
    ]);
  });

  test("passes the kill switch and the accounting system's address on to its functions", () => {
    const { functions } = load({
      parameters: { DisabledPolicies: "idempotency", AccountingUrl: "http://127.0.0.1:8080" },
    });
    expect(functions.map(({ environment }) => environment["HOLDFAST_DISABLE"])).toEqual(
      Array(9).fill("idempotency"),
    );
    expect(functions.map(({ environment }) => environment["ACCOUNTING_URL"])).toEqual([
      undefined,
      "http://127.0.0.1:8080",
      "http://127.0.0.1:8080",
      undefined,
      "http://127.0.0.1:8080",
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("runs up to twenty times as fast, beyond which a message would come back while it is worked on", () => {
    expect(() => load({ speed: 20 })).not.toThrow();
    expect(() => load({ speed: 21 })).toThrow("BulkOrdersQueue.Properties.VisibilityTimeout: at speed 21");
  });

  test("has an alarm for every queue that holds failures, and one for each function's errors", () => {
    const alarms = load()
      .deployOnly.filter(({ type }) => type === "AWS::CloudWatch::Alarm")
      .map(({ logicalId }) => logicalId);
    for (const queue of [
      "UndeliveredOrders",
      "StoreOrderFailures",
      "BulkOrdersDeadLetters",
      "FulfilOrdersDeadLetters",
      "PayOrdersDeadLetters",
      "ReserveStockDeadLetters",
      "NotifyCustomersDeadLetters",
      "OperatePaymentsFailures",
    ]) {
      expect(alarms).toEqual(expect.arrayContaining([`${queue}Waiting`, `${queue}Arriving`]));
    }
    expect(alarms).toEqual(
      expect.arrayContaining([
        "PlaceOrderErrors",
        "StoreOrderErrors",
        "BulkStoreOrdersErrors",
        "FulfilOrderErrors",
        "PayOrderErrors",
        "ReserveStockErrors",
        "NotifyCustomerErrors",
        "ReadPaymentErrors",
        "OperatePaymentsErrors",
        "OrdersForReview",
        "OrderCreatedUnreadable",
        "OrderCreatedLatency",
      ]),
    );
  });

  test("hears of alarms by e-mail only when an address is given", () => {
    const subscribed = (parameters: Record<string, string>) =>
      load({ parameters }).deployOnly.some(({ logicalId }) => logicalId === "AlarmSubscription");
    expect(subscribed({})).toBe(false);
    expect(subscribed({ AlarmEmail: "ops@example.com" })).toBe(true);
  });
});
