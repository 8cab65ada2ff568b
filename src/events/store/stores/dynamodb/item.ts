import type { DynamoDBItem } from "../../../../aws/dynamodb-item.ts";
import { StoredEventUnreadableError } from "../../errors.ts";
import type { StoredEvent } from "../../stored-event.ts";

/** The keys of the table. */
export const STREAM = "stream";
export const VERSION = "version";

/** Of the items: counted up when their form changes. */
const FORMAT = 1;

/** How an event lies in the table: everything readable for people, the detail as the JSON that was checked. */
export function itemOf(event: StoredEvent): DynamoDBItem {
  const { causationId, resources = [] } = event;
  return {
    [STREAM]: { S: event.stream },
    [VERSION]: { N: String(event.version) },
    v: { N: String(FORMAT) },
    id: { S: event.id },
    source: { S: event.source },
    type: { S: event.type },
    schemaVersion: { N: String(event.schemaVersion) },
    time: { S: event.time },
    recordedAt: { S: event.recordedAt },
    correlationId: { S: event.correlationId },
    ...(causationId === undefined ? {} : { causationId: { S: causationId } }),
    ...(resources.length === 0 ? {} : { resources: { L: resources.map((one) => ({ S: one })) } }),
    appendedTo: { N: String(event.appendedTo) },
    detail: { S: JSON.stringify(event.detail) },
  };
}

export function keyOf(stream: string, version: number): DynamoDBItem {
  return { [STREAM]: { S: stream }, [VERSION]: { N: String(version) } };
}

/**
 * Reads an item. Attributes that are not known are left alone: others may have added them.
 *
 * @throws StoredEventUnreadableError (`STORED_EVENT_UNREADABLE`).
 */
export function eventOf(item: DynamoDBItem): StoredEvent {
  const text = (name: string): string => {
    const value = item[name]?.S;
    if (value === undefined) throw new StoredEventUnreadableError(`it has no text ${name}`);
    return value;
  };
  const number = (name: string): number => {
    const value = Number(item[name]?.N);
    if (!Number.isSafeInteger(value)) throw new StoredEventUnreadableError(`it has no whole number ${name}`);
    return value;
  };
  if (number("v") !== FORMAT)
    throw new StoredEventUnreadableError(`its format is ${number("v")}, not ${FORMAT}`);
  const causationId = item["causationId"]?.S;
  const resources = item["resources"]?.L?.flatMap(({ S }) => (S === undefined ? [] : [S]));
  return {
    stream: text(STREAM),
    version: number(VERSION),
    id: text("id"),
    source: text("source"),
    type: text("type"),
    schemaVersion: number("schemaVersion"),
    time: text("time"),
    recordedAt: text("recordedAt"),
    correlationId: text("correlationId"),
    ...(causationId === undefined ? {} : { causationId }),
    ...(resources === undefined ? {} : { resources }),
    appendedTo: number("appendedTo"),
    detail: detailOf(text("detail")),
  };
}

function detailOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The parser's own message quotes the text.
    throw new StoredEventUnreadableError("its detail is no JSON");
  }
}
