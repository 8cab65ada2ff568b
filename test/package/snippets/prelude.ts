/**
 * The world that snippets speak of: names they use without declaring them. One meaning each, in all of them.
 *
 * Nothing here exists when it runs; snippets are typechecked only.
 */
import type { APIGatewayProxyEventV2WithJWTAuthorizer, SQSHandler } from "aws-lambda";
import type { Call, Fn, LambdaCall, LambdaContext } from "holdfast";
import type { AwsTransport } from "holdfast/aws/dynamodb";
import type { BulkResult, BulkTarget, PoisonedRecord } from "holdfast/batching";
import type { DynamoDBItem } from "holdfast/batching/targets/dynamodb";
import type { KafkaProducer } from "holdfast/batching/targets/kafka";
import type { EventDefinition } from "holdfast/events";
import type { CompiledValidators } from "holdfast/events/compiled";
import type { Checkpoints, EventStore } from "holdfast/events/store";
import type { IdempotencyStore, WithUnit } from "holdfast/idempotency";
import type { StepUnit } from "holdfast/idempotency/steps";
import type { Pool } from "pg";

export interface Order {
  readonly orderId: string;
  readonly customerId: string;
  readonly total: number;
}

/** A line of a ledger. */
export interface Entry {
  readonly id: string;
  readonly amount: number;
}

interface Receipt {
  readonly receiptId: string;
}

export declare const order: Order;
export declare const entry: Entry;
export declare const call: Call;
export declare const readRates: Fn<string, { readonly eur: number }>;
/** What was caught. */
export declare const error: unknown;

/** A call over the network, and the same with its policies. */
export declare const callBank: Fn<Entry & { readonly idempotencyKey?: string }, Receipt>;
export declare const charge: Fn<Entry, Receipt>;
/** Idempotent, by the entry's id. */
export declare const postEntry: Fn<Entry, { readonly posted: boolean }>;
/** Puts it into a queue, from which it comes after a while. */
export declare function sendLater(entry: Entry, delayMs?: number): Promise<void>;
/** A booking system, which answers by words. */
export declare const seats: {
  reserve(seat: string): Promise<"sold out" | "busy" | { readonly booked: string }>;
};
/** What an order needs of others, and how it is taken back. */
interface ForOrder {
  readonly order: Order;
  readonly idempotencyKey: string;
}
export declare const fulfilOrder: Fn<Order, { readonly receiptId: string }>;
export declare const chargeCard: Fn<ForOrder, Receipt>;
export declare const refund: Fn<{ readonly receipt: Receipt; readonly idempotencyKey: string }, void>;
export declare const reserve: Fn<ForOrder, void>;
export declare const restock: Fn<ForOrder, void>;
export declare const ship: Fn<ForOrder, void>;
export declare const sendInvoice: Fn<ForOrder, Receipt>;
export declare const findRoute: Fn<Order, { readonly carrier: string }>;
/** Of a resumable function's call. */
export declare const unit: StepUnit;
/** Whether an error certainly means that nothing was done. */
export declare function wasNotDone(error: unknown): boolean;

export declare const store: IdempotencyStore;
export declare function putLedgerLine(entry: Entry, receipt: Receipt): object;
export declare function putOrder(order: Order): object;
export declare function itemOf(order: Order): DynamoDBItem;
export declare const items: readonly DynamoDBItem[];
export declare const transport: AwsTransport;
/** Where many entries are sent, and where they come from. */
export declare const target: BulkTarget<Entry>;
export declare function readEntries(): AsyncIterable<Entry>;
export declare const queueUrl: string;
export declare const topicArn: string;
/** Of kafkajs, connected. */
export declare const producer: KafkaProducer;

export declare function placeOrder(order: Order, call: LambdaCall): Promise<{ readonly accepted: true }>;
export declare function storeOrder(order: Order, call: Call): Promise<{ readonly stored: true }>;
export declare function cancelOrder(orderId: string, call: Call): Promise<void>;
export declare function saveOrder(order: Order, time: string, call: Call): Promise<void>;
/** What a stream and a topic carry. */
export interface Click {
  readonly id: string;
  readonly count: number;
  readonly atMs: number;
}
export declare const countClick: Fn<Click, void>;
export declare function saveClicks(id: string, clicks: number, call: Call): Promise<void>;
export declare function storeFrame(frame: Uint8Array, call: Call): Promise<void>;
export declare function indexOrder(order: Order, call: Call): Promise<void>;
export declare function indexOrders(orders: readonly Order[], call: Call): Promise<readonly BulkResult[]>;
export declare function readLog(bucket: string, key: string, call: Call): Promise<void>;
/** Keeps a record that nobody could work on. */
export declare function putAside(poisoned: PoisonedRecord, call: Call): Promise<void>;
export declare const orderPlaced: EventDefinition<Order>;
export declare const orderPaid: EventDefinition<Entry>;
export declare const eventStore: EventStore;
export declare const checkpoints: Checkpoints;
/** What holdfast compile-events has written. */
export declare const validators: CompiledValidators;
export declare const existingHandler: SQSHandler;
export declare const handler: (event: Order, context: LambdaContext) => Promise<unknown>;

/** An object of a bucket. */
interface StoredFile {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string;
}

interface Invoice {
  readonly customerId: string;
  readonly number: string;
  readonly receivedAt: string;
}

export declare function runImport(file: StoredFile, call: Call): Promise<number>;
export declare function deleteOrder(orderId: string, call: Call): Promise<void>;
export declare function saveInvoice(invoice: Invoice, call: Call): Promise<void>;
export declare function sendMoney(
  payment: { readonly id: string },
  call: Call,
): Promise<{ readonly sent: true }>;
/** Of PostgreSQL's driver. */
export declare const pool: Pool;
export declare const connectionString: string;
/** A database as most libraries have it: a transaction is committed when its work resolves, and rolled back when it rejects. */
export declare const db: {
  transaction<T>(
    work: (tx: {
      query(text: string, values?: unknown[]): Promise<{ readonly rows: readonly object[] }>;
    }) => Promise<T>,
  ): Promise<T>;
};

/** A server's, as `fetch` handlers are given it. */
export declare const request: Request;
/** Whom its authentication found. */
export declare function callerOf(request: Request): string;
/** A route of an HTTP API. */
export declare function createOrder(
  event: APIGatewayProxyEventV2WithJWTAuthorizer,
  call: LambdaCall & WithUnit,
): Promise<{ readonly statusCode: number; readonly body: string }>;
/** Of `@opentelemetry/api`. */
export declare const trace: import("holdfast/observability").ActiveSpans;
/** A metrics client, and one of its counters. */
export declare const metrics: { count(name: string): void };
export declare const calls: { add(count: number): void };

/** Any test runner's. */
export declare function test(name: string, run: () => Promise<void>): void;
export declare function makeStore(): Promise<IdempotencyStore>;
