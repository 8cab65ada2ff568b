export type { AwsTransport } from "../../aws/transport.ts";

import type { AwsTransport } from "../../aws/transport.ts";
import { type Call, runtimeOf } from "../../core/call.ts";
import { InvalidOptionError } from "../../core/errors.ts";
import { checkRequiredOptions } from "../../core/options.ts";
import { sleep } from "../../core/sleep.ts";
import {
  type ClaimRequest,
  type Completion,
  type IdempotencyStore,
  type Lease,
  RECORD_VERSION,
  type WriteAnswer,
} from "../store.ts";
import { type AttributeValue, type Item, namesIn, recordOf, ttlSeconds } from "./dynamodb-record.ts";

/**
 * One action of a TransactWriteItems request, as the AWS SDK's low-level client takes it: `{ Put: { TableName, Item } }`,
 * `{ Update: … }`, `{ Delete: … }` or `{ ConditionCheck: … }`.
 */
export interface DynamoDBTransactItem {
  readonly Put?: object;
  readonly Update?: object;
  readonly Delete?: object;
  readonly ConditionCheck?: object;
}

export interface DynamoDBStoreOptions {
  /** `dynamoDBTransport(new DynamoDBClient({}))` of `holdfast/aws/dynamodb`. */
  readonly transport: AwsTransport;
  /** A table with the string partition key `id`, no sort key, and `expiresAt` as its TTL attribute. */
  readonly tableName: string;
}

/**
 * Records in a DynamoDB table: one conditional UpdateItem to claim, one to complete or to release.
 *
 * A conditional write that fails returns the item that refused it (`ReturnValuesOnConditionCheckFailure`), so a repeat
 * costs one request and never a read. Claims are per region: with a global table, keep a key in one region.
 *
 * @example
 * ```ts
 * const store = dynamoDBStore({ transport: dynamoDBTransport(new DynamoDBClient({})), tableName: "Idempotency" });
 * ```
 */
export function dynamoDBStore(options: DynamoDBStoreOptions): IdempotencyStore {
  checkRequiredOptions("dynamoDBStore", options, ["transport", "tableName"]);
  const { transport, tableName } = options;
  if (typeof transport?.call !== "function") {
    throw new InvalidOptionError(
      "dynamoDBStore",
      "transport must be dynamoDBTransport(client) of holdfast/aws/dynamodb",
    );
  }
  if (typeof tableName !== "string" || tableName === "") {
    throw new InvalidOptionError(
      "dynamoDBStore",
      "tableName is missing; is the function's environment variable set?",
    );
  }

  async function write(
    update: object,
    call: Call,
  ): Promise<WriteAnswer & { readonly item?: Item | undefined }> {
    try {
      const answer = await transport.call("UpdateItem", update, call);
      return { written: true, item: answer["Attributes"] as Item | undefined };
    } catch (error) {
      if (!isNamed(error, "ConditionalCheckFailedException")) throw error;
      return { written: false, found: recordOf(error.Item) };
    }
  }

  return {
    name: `DynamoDB table ${tableName}`,
    async claim(request, call) {
      const answer = await write({ ...claimUpdate(tableName, request), ReturnValues: "UPDATED_NEW" }, call);
      if (!answer.written) return { claimed: false, found: answer.found };
      return { claimed: true, fence: Number(answer.item?.["fence"]?.N) };
    },
    complete: (completion, call) => write(completeUpdate(tableName, completion), call),
    release: (lease, call) => write(releaseUpdate(tableName, lease), call),
    async transact(items, completion, call) {
      checkItems(items);
      const own = completion === undefined ? [] : [{ Update: completeUpdate(tableName, completion) }];
      if (items.length + own.length === 0) return { written: true };
      for (let conflicts = 0; ; conflicts++) {
        try {
          await transport.call("TransactWriteItems", { TransactItems: [...items, ...own] }, call);
          return { written: true };
        } catch (error) {
          const reasons = cancellationReasons(error);
          const mine = own.length === 0 ? undefined : reasons?.[items.length];
          if (mine?.Code === "ConditionalCheckFailed") return { written: false, found: recordOf(mine.Item) };
          if (!isConflict(reasons) || conflicts === MAX_CONFLICTS) throw error;
          await sleep(call, runtimeOf(call).random() * FIRST_CONFLICT_WAIT_MS * 2 ** conflicts);
        }
      }
    },
  };
}

const ACTIONS = [
  "Put",
  "Update",
  "Delete",
  "ConditionCheck",
] as const satisfies (keyof DynamoDBTransactItem)[];

/** 100 actions, one of which is the record's. Source: Amazon DynamoDB API Reference, "TransactWriteItems". */
const MAX_ITEMS = 99;

function checkItems(items: readonly object[]): void {
  if (!Array.isArray(items)) throw new InvalidOptionError("unit.transact", "items must be a list");
  if (items.length > MAX_ITEMS) {
    throw new InvalidOptionError(
      "unit.transact",
      `${items.length} items are too many: DynamoDB takes ${MAX_ITEMS} and the record`,
    );
  }
  items.forEach(checkItem);
}

function checkItem(item: object, index: number): void {
  const actions = Object.keys(item);
  if (actions.length !== 1 || !ACTIONS.some((action) => action === actions[0])) {
    throw new InvalidOptionError(
      "unit.transact",
      `item ${index + 1} must be one of { ${ACTIONS.join(" | ")} }, with DynamoDB`,
    );
  }
}

function claimUpdate(tableName: string, request: ClaimRequest): object {
  const { id, owner, payloadHash, nowMs, leaseUntilMs, expiresAtMs, replacesFence } = request;
  const set =
    "SET #v = :v, #state = :inProgress, #owner = :owner, #lease = :lease, #payload = :payload, #expires = :expires, ";
  const values = {
    ":v": { N: String(RECORD_VERSION) },
    ":inProgress": { S: "IN_PROGRESS" },
    ":owner": { S: owner },
    ":lease": { N: String(leaseUntilMs) },
    ":payload": { S: payloadHash },
    ":expires": ttlSeconds(expiresAtMs),
    ":none": { M: {} },
    ":nowSeconds": { N: String(Math.floor(nowMs / 1_000)) },
  };
  if (replacesFence !== undefined) {
    return update(tableName, id, {
      update: `${set}#fence = :next, #steps = :none REMOVE #result`,
      condition: "#fence = :old AND #expires <= :nowSeconds",
      values: { ...values, ":old": { N: String(replacesFence) }, ":next": { N: String(replacesFence + 1) } },
    });
  }
  return update(tableName, id, {
    update: `${set}#fence = if_not_exists(#fence, :epoch) + :one, #steps = if_not_exists(#steps, :none)`,
    condition:
      "attribute_not_exists(id) OR (#payload = :payload AND #expires > :nowSeconds AND " +
      "(#state = :released OR (#state = :inProgress AND #lease <= :now)))",
    values: {
      ...values,
      ":epoch": { N: String(nowMs) },
      ":one": { N: "1" },
      ":now": { N: String(nowMs) },
      ":released": { S: "RELEASED" },
    },
  });
}

function completeUpdate(tableName: string, { lease, result, expiresAtMs }: Completion): object {
  return update(tableName, lease.id, {
    update: `SET #state = :ended, #expires = :expires${result === undefined ? "" : ", #result = :result"} REMOVE #lease, #steps`,
    condition: HELD,
    values: {
      ":ended": { S: result === undefined ? "COMPLETED_NO_RESULT" : "COMPLETED" },
      ":expires": ttlSeconds(expiresAtMs),
      ...(result === undefined ? {} : { ":result": { S: result } }),
      ...heldValues(lease),
    },
  });
}

function releaseUpdate(tableName: string, lease: Lease): object {
  return update(tableName, lease.id, {
    update: "SET #state = :released",
    condition: HELD,
    values: { ":released": { S: "RELEASED" }, ...heldValues(lease) },
  });
}

const HELD = "#state = :inProgress AND #owner = :owner AND #fence = :fence";

function heldValues(lease: Lease): Record<string, AttributeValue> {
  return {
    ":inProgress": { S: "IN_PROGRESS" },
    ":owner": { S: lease.owner },
    ":fence": { N: String(lease.fence) },
  };
}

function update(
  tableName: string,
  id: string,
  expressions: { readonly update: string; readonly condition: string; readonly values: object },
): object {
  return {
    TableName: tableName,
    Key: { id: { S: id } },
    UpdateExpression: expressions.update,
    ConditionExpression: expressions.condition,
    ExpressionAttributeNames: namesIn(expressions.update, expressions.condition),
    ExpressionAttributeValues: expressions.values,
    ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  };
}

/** Transactions that touch one item at the same moment refuse each other; the loser did nothing and may go again. */
const MAX_CONFLICTS = 6;
const FIRST_CONFLICT_WAIT_MS = 20;

interface CancellationReason {
  readonly Code?: string;
  readonly Item?: Item;
}

function cancellationReasons(error: unknown): readonly CancellationReason[] | undefined {
  if (!isNamed(error, "TransactionCanceledException")) return undefined;
  return (error as { readonly CancellationReasons?: readonly CancellationReason[] }).CancellationReasons;
}

function isConflict(reasons: readonly CancellationReason[] | undefined): boolean {
  const codes = (reasons ?? []).map((reason) => reason.Code ?? "None").filter((code) => code !== "None");
  return codes.length > 0 && codes.every((code) => code === "TransactionConflict");
}

function isNamed(error: unknown, name: string): error is Error & { readonly Item?: Item } {
  return error instanceof Error && error.name === name;
}
