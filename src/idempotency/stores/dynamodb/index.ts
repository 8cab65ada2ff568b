export type { AwsTransport } from "../../../aws/transport.ts";
export type { RecordAttribute } from "./layout.ts";
export type { DynamoDBTransactItem } from "./transaction.ts";

import type { AwsTransport } from "../../../aws/transport.ts";
import { type Call, runtimeOf } from "../../../core/call.ts";
import { InvalidOptionError } from "../../../core/errors.ts";
import { checkRequiredOptions } from "../../../core/options.ts";
import { sleep } from "../../../core/sleep.ts";
import { withoutSteps } from "../../record.ts";
import type { IdempotencyStore, WriteAnswer } from "../../store.ts";
import { type Item, type LayoutOptions, layout } from "./layout.ts";
import { checkLimits } from "./limits.ts";
import { cancellationReasons, checkItems, isConflict, itemsRefused } from "./transaction.ts";
import { recordUpdates } from "./updates.ts";

export interface DynamoDBStoreOptions extends LayoutOptions {
  /** `dynamoDBTransport(new DynamoDBClient({}))` of `holdfast/aws/dynamodb`. */
  readonly transport: AwsTransport;
  /** A table with the string partition key `id`, no sort key, and `expiresAt` as its TTL attribute, unless told otherwise. */
  readonly tableName: string;
}

/** A DynamoDB store can do all that a store can. */
export type DynamoDBStore = Required<IdempotencyStore>;

/** Transactions that touch one item at the same moment refuse each other; the loser did nothing and may go again. */
const MAX_CONFLICTS = 6;
const FIRST_CONFLICT_WAIT_MS = 20;

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
export function dynamoDBStore(options: DynamoDBStoreOptions): DynamoDBStore {
  checkRequiredOptions("dynamoDBStore", options, [
    "transport",
    "tableName",
    "partitionKey",
    "keyPrefix",
    "sortKey",
    "attributes",
  ]);
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
  const table = layout(options);
  const { recordOf } = table;
  const updates = recordUpdates(tableName, table);

  async function write(
    operation: "UpdateItem" | "DeleteItem",
    input: object,
    call: Call,
  ): Promise<WriteAnswer & { readonly item?: Item | undefined }> {
    try {
      const answer = await transport.call(operation, input, call);
      return { written: true, item: answer["Attributes"] as Item | undefined };
    } catch (error) {
      if (!isNamed(error, "ConditionalCheckFailedException")) throw error;
      return { written: false, found: recordOf(error.Item) };
    }
  }

  return {
    name: `DynamoDB table ${tableName}`,
    keepsSteps: true,
    hint(error) {
      if (!(error instanceof Error)) return undefined;
      return {
        ResourceNotFoundException: "Is the table's name right, and its region?",
        AccessDeniedException:
          "Is dynamodb:UpdateItem on the table allowed? A person who looks or purges needs GetItem or DeleteItem.",
        ValidationException: `Is the table's key the string \`${table.partitionKey}\`, as the store was told?`,
      }[error.name];
    },
    async claim(request, call) {
      const input = { ...updates.claim(request), ReturnValues: "ALL_OLD" };
      const answer = await write("UpdateItem", input, call);
      if (!answer.written) return { claimed: false, found: answer.found };
      const old = table.oldRecord(answer.item);
      const took = old && request.replacesFence !== undefined ? withoutSteps(old) : old;
      return { claimed: true, fence: (took?.fence ?? request.nowMs) + 1, took };
    },
    write(lease, change, call) {
      return write("UpdateItem", updates.change({ ...lease, state: "IN_PROGRESS" }, change), call);
    },
    async transact(items, ending, call) {
      checkItems(items);
      const change = typeof ending?.change === "function" ? await ending.change() : ending?.change;
      const own =
        ending === undefined || change === undefined
          ? undefined
          : { Update: updates.change({ ...ending.lease, state: "IN_PROGRESS" }, change) };
      const TransactItems = own === undefined ? items : [...items, own];
      if (TransactItems.length === 0) return { written: true };
      checkLimits(items, own, Buffer.byteLength(change?.result ?? ""));
      for (let conflicts = 0; ; conflicts++) {
        try {
          // No ClientRequestToken of ours: it would be known for ten minutes, where the record's condition is for as long
          // as its lease and its memory last. The AWS client gives each command one, for its own retries.
          await transport.call("TransactWriteItems", { TransactItems }, call);
          return { written: true };
        } catch (error) {
          // The request itself is wrong, and was each time that it was sent.
          if (isNamed(error, "ValidationException")) ending?.notApplied?.();
          const reasons = cancellationReasons(error);
          // The record's own comes last.
          const mine = reasons?.[items.length];
          if (mine?.Code === "ConditionalCheckFailed") return { written: false, found: recordOf(mine.Item) };
          if (!isConflict(reasons, mine) || conflicts === MAX_CONFLICTS)
            throw itemsRefused(items, reasons, error);
          await sleep(call, runtimeOf(call).random() * FIRST_CONFLICT_WAIT_MS * 2 ** conflicts);
        }
      }
    },
    async read(id, call) {
      const input = { TableName: tableName, Key: table.key(id), ConsistentRead: true };
      return recordOf((await transport.call("GetItem", input, call))["Item"] as Item | undefined);
    },
    settle(seen, change, call) {
      return change === undefined
        ? write("DeleteItem", updates.remove(seen), call)
        : write("UpdateItem", updates.change(seen, change), call);
    },
  };
}

function isNamed(error: unknown, name: string): error is Error & { readonly Item?: Item } {
  return error instanceof Error && error.name === name;
}
