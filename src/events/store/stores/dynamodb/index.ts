import type { DynamoDBItem } from "../../../../aws/dynamodb-item.ts";
import type { AwsTransport } from "../../../../aws/transport.ts";
import { checkName, checkTransport } from "../../../../batching/targets/checks.ts";
import { checkRequiredOptions } from "../../../../core/options.ts";
import type { PreparedAppend } from "../../appending.ts";
import type { EventStore } from "../../event-store.ts";
import { eventStoreOn } from "../../event-store-on.ts";
import type { StoredEvent } from "../../stored-event.ts";
import type { StreamStorage } from "../../stream-storage.ts";
import { cancellationReasons, isRefused } from "./cancellation.ts";
import { eventOf, itemOf, keyOf, STREAM, VERSION } from "./item.ts";
import { checkAppend } from "./limits.ts";
import { readCursor, writeCursor } from "./scan-cursor.ts";
import { transact } from "./transact.ts";

export interface DynamoDBEventStoreOptions {
  /** `dynamoDBTransport(new DynamoDBClient({}))` of `holdfast/aws/dynamodb`. */
  readonly transport: AwsTransport;
  /** A table of its own, with the partition key `stream`, a string, and the sort key `version`, a number. */
  readonly tableName: string;
}

/**
 * Streams of events in a DynamoDB table, one item an event.
 *
 * An append is one TransactWriteItems: a conditional Put for each event, and a check that the event before them is there, so that a
 * stream has no gaps. A stream can be appended to in one region: of a global table, use one replica as the store.
 *
 * @example
 * ```ts
 * const eventStore = dynamoDBEventStore({ transport: dynamoDBTransport(new DynamoDBClient({})), tableName: "Events" });
 * await eventStore.append(`order-${order.orderId}`, 0, [orderPlaced.of(order, { id: `order-placed/${order.orderId}` })], call);
 * ```
 */
export function dynamoDBEventStore(options: DynamoDBEventStoreOptions): EventStore {
  checkRequiredOptions("dynamoDBEventStore", options, ["transport", "tableName"]);
  const { transport, tableName } = options;
  checkTransport("dynamoDBEventStore", transport, "dynamoDBTransport(client) of holdfast/aws/dynamodb");
  checkName("dynamoDBEventStore", "tableName", tableName);

  function itemsOf({ stream, expectedVersion, events }: PreparedAppend): readonly object[] {
    const puts = events.map((event) => ({
      Put: {
        TableName: tableName,
        Item: itemOf(event),
        ConditionExpression: "attribute_not_exists(#stream)",
        ExpressionAttributeNames: { "#stream": STREAM },
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      },
    }));
    if (expectedVersion === 0) return puts;
    const check = {
      ConditionCheck: {
        TableName: tableName,
        Key: keyOf(stream, expectedVersion),
        ConditionExpression: "attribute_exists(#stream)",
        ExpressionAttributeNames: { "#stream": STREAM },
      },
    };
    return [...puts, check];
  }

  /** The reasons of an append's own actions, its puts first. */
  function foundIn(error: unknown, append: PreparedAppend, firstItem: number) {
    const all = cancellationReasons(error) ?? cancellationReasons(Object(error).cause) ?? [];
    const count = append.events.length + (append.expectedVersion === 0 ? 0 : 1);
    const reasons = all.slice(firstItem, firstItem + count);
    if (!reasons.some(isRefused)) return undefined;
    return append.events.map((_, index): StoredEvent | undefined => {
      const { Item } = reasons[index] ?? {};
      return Item === undefined || !isRefused(reasons[index]) ? undefined : eventOf(Item);
    });
  }

  const storage: StreamStorage = {
    name: `DynamoDB table ${tableName}`,
    check: checkAppend,
    itemsOf,
    foundIn,
    async put(append, call) {
      try {
        await transact(transport, itemsOf(append), call);
        return { written: true };
      } catch (error) {
        const found = foundIn(error, append, 0);
        if (found === undefined) throw error;
        return { written: false, found, cause: error };
      }
    },
    async query({ stream, from, to, limit }, call) {
      const answer = await transport.call(
        "Query",
        {
          TableName: tableName,
          KeyConditionExpression: "#stream = :stream AND #version BETWEEN :from AND :to",
          ExpressionAttributeNames: { "#stream": STREAM, "#version": VERSION },
          ExpressionAttributeValues: {
            ":stream": { S: stream },
            ":from": { N: String(from) },
            ":to": { N: String(to) },
          },
          ConsistentRead: true,
          ...(limit === undefined ? {} : { Limit: limit }),
        },
        call,
      );
      return { events: itemsIn(answer).map(eventOf), isLast: answer["LastEvaluatedKey"] === undefined };
    },
    async lastVersion(stream, call) {
      const answer = await transport.call(
        "Query",
        {
          TableName: tableName,
          KeyConditionExpression: "#stream = :stream",
          ExpressionAttributeNames: { "#stream": STREAM },
          ExpressionAttributeValues: { ":stream": { S: stream } },
          ConsistentRead: true,
          ScanIndexForward: false,
          Limit: 1,
        },
        call,
      );
      return itemsIn(answer).map(eventOf)[0]?.version ?? 0;
    },
    async scan({ cursor, pageSize }, call) {
      const answer = await transport.call(
        "Scan",
        {
          TableName: tableName,
          ConsistentRead: true,
          ...(pageSize === undefined ? {} : { Limit: pageSize }),
          ...(cursor === undefined ? {} : { ExclusiveStartKey: readCursor(cursor) }),
        },
        call,
      );
      const last = answer["LastEvaluatedKey"] as DynamoDBItem | undefined;
      return { events: itemsIn(answer).map(eventOf), cursor: last && writeCursor(last) };
    },
  };
  return eventStoreOn(storage);
}

function itemsIn(answer: Record<string, unknown>): readonly DynamoDBItem[] {
  return (answer["Items"] as readonly DynamoDBItem[] | undefined) ?? [];
}
