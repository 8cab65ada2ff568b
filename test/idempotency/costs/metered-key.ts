import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { rootCall } from "holdfast";
import { type AwsTransport, dynamoDBTransport } from "holdfast/aws/dynamodb";
import { type IdempotentOptions, idempotent, type WithUnit } from "holdfast/idempotency";
import { type Inspection, inspect, recordId } from "holdfast/idempotency/admin";
import { type DynamoDBStore, dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { type ManualRuntime, manualRuntime, seededRandom } from "holdfast/testing";
import type { TestDynamoDB } from "../../support/dynamodb.ts";
import { itemBytes, type StoredItem, writeUnits } from "../../support/item-size.ts";

/** What requests consumed. */
export interface Consumed {
  readonly writes: number;
  readonly reads: number;
  /** Those that were answered: a run that gives up waiting may leave one behind. */
  readonly requests: number;
}

/** One key in a table of its own, and a meter on the way to it. */
export interface MeteredKey {
  readonly clock: ManualRuntime;
  readonly store: DynamoDBStore;
  readonly tableName: string;
  readonly result: string;
  /** Delivers the event of this key; resolves with the answer, or the error. */
  deliver(
    work?: (call: WithUnit) => unknown,
    options?: Partial<IdempotentOptions<object>>,
    timeoutMs?: number,
  ): Promise<unknown>;
  /** Claims it for a run that says no more, and lets its lease end. */
  abandon(): Promise<void>;
  look(): Promise<Inspection>;
  item(): Promise<StoredItem>;
  /** The units since the last time. */
  consumed(): Consumed;
}

export const LEASE_MS = 60_000;
export const REMEMBER_MS = 3_600_000;

export async function meteredKey(dynamo: TestDynamoDB, resultBytes: number): Promise<MeteredKey> {
  const clock = manualRuntime();
  const tableName = await dynamo.newTable();
  const client = dynamo.clientFor();
  const meter = metered(dynamoDBTransport(client));
  const store = dynamoDBStore({ transport: meter.transport, tableName });
  const id = recordId({ operation: "post-entry", key: "entry-1" });
  const result = incompressible(resultBytes);
  return {
    clock,
    store,
    tableName,
    result,
    consumed: meter.consumed,
    async deliver(work = () => result, options = {}, timeoutMs) {
      const post = idempotent(async (_event: object, call) => work(call), {
        store,
        operation: "post-entry",
        key: () => "entry-1",
        rememberMs: REMEMBER_MS,
        ...options,
      });
      const limits = timeoutMs === undefined ? {} : { timeoutMs };
      return post({}, rootCall({ runtime: clock, ...limits })).catch((error: unknown) => error);
    },
    async abandon() {
      const nowMs = clock.now();
      const times = { nowMs, leaseUntilMs: nowMs + LEASE_MS, expiresAtMs: nowMs + REMEMBER_MS };
      const who = { id, owner: clock.newId(), payloadHash: "-", version: 1, takesAbandoned: true };
      await store.claim({ ...who, ...times }, rootCall({ runtime: clock }));
      clock.jump(LEASE_MS + 1);
    },
    async look() {
      const seen = await inspect(store, id, rootCall({ runtime: clock }));
      if (seen === undefined) throw new Error("there is no record");
      return seen;
    },
    async item() {
      const input = { TableName: tableName, Key: { id: { S: id } }, ConsistentRead: true };
      return (await client.send(new GetItemCommand(input))).Item ?? {};
    },
  };
}

interface Capacity {
  readonly CapacityUnits?: number;
}

/**
 * Asks for what each request consumed. Of a refused write DynamoDB does not tell: it costs by the item that refused it,
 * or by what that would have become, if it is larger. A claim makes it larger by a few bytes at most.
 * Source: Amazon DynamoDB Developer Guide, "DynamoDB read and write operations".
 */
function metered(transport: AwsTransport) {
  let sum = { writes: 0, reads: 0, requests: 0 };
  const add = (kind: "writes" | "reads", units: number): void => {
    sum = { ...sum, [kind]: sum[kind] + units, requests: sum.requests + 1 };
  };
  return {
    transport: {
      async call(operation, input, call) {
        try {
          const answer = await transport.call(operation, { ...input, ReturnConsumedCapacity: "TOTAL" }, call);
          const capacity = [answer["ConsumedCapacity"]].flat() as readonly Capacity[];
          for (const { CapacityUnits = Number.NaN } of capacity) {
            add(operation === "GetItem" ? "reads" : "writes", CapacityUnits);
          }
          return answer;
        } catch (error) {
          const { Item } = error as { readonly Item?: StoredItem };
          if (Item !== undefined) add("writes", writeUnits(itemBytes(Item)));
          throw error;
        }
      },
    } satisfies AwsTransport,
    consumed(): Consumed {
      const consumed = sum;
      sum = { writes: 0, reads: 0, requests: 0 };
      return consumed;
    },
  };
}

/** A text of which the record keeps exactly so many bytes: as JSON it has two more, and gzip makes it no shorter. */
function incompressible(bytes: number): string {
  const random = seededRandom(1);
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  return Array.from({ length: bytes - 2 }, () => letters[Math.floor(random() * 64)]).join("");
}
