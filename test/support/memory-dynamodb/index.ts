import type { AwsTransport } from "holdfast/aws/dynamodb";
import type { DynamoDBStreamRecord, StreamItem } from "holdfast/batching";
import type { DynamoDBItem } from "../../../src/aws/dynamodb-item.ts";
import { conditionHolds, type Speaks, updated } from "./expression.ts";

/** A change of a table, as its stream has it. */
export type Change = DynamoDBStreamRecord & { readonly table: string };

export interface MemoryDynamoDB extends AwsTransport {
  /** Every change of every table, in the order in which they became visible. */
  readonly changes: readonly Change[];
  /** Operations, as they were asked for. */
  readonly asked: string[];
  itemsOf(table: string): readonly DynamoDBItem[];
  delete(table: string, key: DynamoDBItem): void;
}

export interface MemoryDynamoDBOptions {
  /** The key attributes of each table: partition key, sort key. */
  readonly tables: Readonly<Record<string, readonly string[]>>;
  /** Is waited for before each write of a transaction becomes visible, as these do in some order. Default: all at once. */
  readonly beforeVisible?: () => Promise<void>;
  /** The order in which a transaction's writes become visible. Default: as given. */
  readonly shuffled?: <T>(writes: readonly T[]) => readonly T[];
}

interface Action extends Speaks {
  readonly TableName: string;
  readonly Item?: DynamoDBItem;
  readonly Key?: DynamoDBItem;
  readonly UpdateExpression?: string;
  readonly ConditionExpression?: string;
  readonly ReturnValuesOnConditionCheckFailure?: string;
}
type Kind = "Put" | "Update" | "Delete" | "ConditionCheck";
type Row = Readonly<Record<string, DynamoDBItem>>;

/**
 * DynamoDB in this process, as a transport: what its rules are is written down here a second time, on purpose.
 *
 * For searches that run thousands of worlds, and for what emulators do not show: transactions of which a query sees a part, that meet
 * (TransactionConflict), and whose stream records come in another order.
 */
export function memoryDynamoDB(options: MemoryDynamoDBOptions): MemoryDynamoDB {
  const { beforeVisible, shuffled = (writes) => writes } = options;
  const tables = new Map(Object.keys(options.tables).map((name) => [name, new Map<string, DynamoDBItem>()]));
  const changes: Change[] = [];
  const asked: string[] = [];
  const busy = new Set<string>();

  function tableOf(name: string): Map<string, DynamoDBItem> {
    const table = tables.get(name);
    if (table === undefined) throw clientError("ResourceNotFoundException");
    return table;
  }
  function keyOf(name: string, item: DynamoDBItem): DynamoDBItem {
    return Object.fromEntries((options.tables[name] ?? []).map((key) => [key, item[key] ?? missing(key)]));
  }
  const placeOf = ({ TableName, Item, Key }: Action): string =>
    JSON.stringify(keyOf(TableName, Item ?? Key ?? {}));

  function itemAt(action: Action): DynamoDBItem | undefined {
    return tableOf(action.TableName).get(placeOf(action));
  }

  function after(kind: Kind, action: Action): DynamoDBItem | undefined {
    const before = itemAt(action);
    if (kind === "Put") return structuredClone(action.Item);
    if (kind === "Update") return updated(action.UpdateExpression ?? "", before ?? action.Key ?? {}, action);
    return kind === "Delete" ? undefined : before;
  }

  function write(kind: Kind, action: Action): void {
    if (kind === "ConditionCheck") return;
    const [before, now] = [itemAt(action), after(kind, action)];
    const table = tableOf(action.TableName);
    if (now === undefined) table.delete(placeOf(action));
    else table.set(placeOf(action), now);
    if (JSON.stringify(before) === JSON.stringify(now)) return;
    changes.push({
      table: action.TableName,
      eventSource: "aws:dynamodb",
      eventID: `change-${changes.length + 1}`,
      eventName: before === undefined ? "INSERT" : now === undefined ? "REMOVE" : "MODIFY",
      dynamodb: {
        Keys: keyOf(action.TableName, action.Item ?? action.Key ?? {}) as StreamItem,
        SequenceNumber: String(changes.length + 1).padStart(21, "0"),
        ...(now === undefined ? {} : { NewImage: structuredClone(now) as StreamItem }),
        ...(before === undefined ? {} : { OldImage: structuredClone(before) as StreamItem }),
      },
    });
  }

  function refusal(action: Action): { readonly Code: string; readonly Item?: DynamoDBItem } | undefined {
    const item = itemAt(action);
    if (conditionHolds(action.ConditionExpression, item, action)) return undefined;
    const shows = action.ReturnValuesOnConditionCheckFailure === "ALL_OLD" && item !== undefined;
    return { Code: "ConditionalCheckFailed", ...(shows ? { Item: structuredClone(item) } : {}) };
  }

  async function one(kind: Kind, action: Action): Promise<Record<string, unknown>> {
    if (busy.has(action.TableName + placeOf(action))) throw clientError("TransactionConflictException");
    const old = itemAt(action);
    const refused = refusal(action);
    if (refused !== undefined) throw Object.assign(clientError("ConditionalCheckFailedException"), refused);
    write(kind, action);
    return old === undefined ? {} : { Attributes: structuredClone(old) };
  }

  async function transact(items: readonly Partial<Record<Kind, Action>>[]): Promise<Record<string, unknown>> {
    const actions = items.map((item) => Object.entries(item)[0] as [Kind, Action]);
    const places = actions.map(([, action]) => action.TableName + placeOf(action));
    if (actions.length > 100 || new Set(places).size < places.length)
      throw clientError("ValidationException");
    const reasons = actions.map(([, action], index) =>
      busy.has(places[index] ?? "") ? { Code: "TransactionConflict" } : (refusal(action) ?? { Code: "None" }),
    );
    if (reasons.some(({ Code }) => Code !== "None")) {
      throw Object.assign(clientError("TransactionCanceledException"), { CancellationReasons: reasons });
    }
    for (const place of places) busy.add(place);
    for (const [kind, action] of shuffled(actions)) {
      await beforeVisible?.();
      write(kind, action);
    }
    for (const place of places) busy.delete(place);
    return {};
  }

  function inOrder(table: string): DynamoDBItem[] {
    const [partition = "", sort = ""] = options.tables[table] ?? [];
    return [...tableOf(table).values()].sort((a, b) => {
      const [left, right] = [a[partition]?.S ?? "", b[partition]?.S ?? ""];
      if (left !== right) return left < right ? -1 : 1;
      return Number(a[sort]?.N ?? 0) - Number(b[sort]?.N ?? 0);
    });
  }

  function paged(found: DynamoDBItem[], { TableName, Limit, ExclusiveStartKey }: Paging) {
    const from = ExclusiveStartKey && JSON.stringify(ExclusiveStartKey);
    const start =
      from === undefined ? 0 : found.findIndex((item) => JSON.stringify(keyOf(TableName, item)) === from) + 1;
    const Items = structuredClone(found.slice(start, start + (Limit ?? found.length)));
    const last = Items.at(-1);
    const isCut = Limit !== undefined && Items.length === Limit && last !== undefined;
    return isCut ? { Items, LastEvaluatedKey: keyOf(TableName, last) } : { Items };
  }

  return {
    changes,
    asked,
    itemsOf: (table) => inOrder(table),
    delete: (TableName, Key) => write("Delete", { TableName, Key }),
    async call(operation, input) {
      asked.push(operation);
      const given = input as Action & Paging;
      switch (operation) {
        case "PutItem":
          return one("Put", given);
        case "UpdateItem":
          return one("Update", given);
        case "DeleteItem":
          return one("Delete", given);
        case "GetItem": {
          const Item = itemAt(given);
          return Item === undefined ? {} : { Item: structuredClone(Item) };
        }
        case "TransactWriteItems":
          return transact((input as { readonly TransactItems: Row[] }).TransactItems as never);
        case "Scan":
          return paged(inOrder(given.TableName), given);
        case "Query": {
          const found = inOrder(given.TableName).filter((item) =>
            conditionHolds(given.KeyConditionExpression, item, given),
          );
          return paged(given.ScanIndexForward === false ? found.reverse() : found, given);
        }
        default:
          throw clientError("UnknownOperationException");
      }
    },
  };
}

interface Paging {
  readonly TableName: string;
  readonly KeyConditionExpression?: string;
  readonly ScanIndexForward?: boolean;
  readonly Limit?: number;
  readonly ExclusiveStartKey?: DynamoDBItem;
}

function clientError(name: string): Error {
  return Object.assign(new Error(name), { name, $fault: "client", $metadata: { httpStatusCode: 400 } });
}

function missing(key: string): never {
  throw new Error(`No key attribute ${key}`);
}
