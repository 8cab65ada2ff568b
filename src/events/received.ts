import { type EventBridgeEvent, isEventBridgeEvent } from "../batching/sources/eventbridge-event.ts";
import type { EventDefinition } from "./definition.ts";
import { EventInvalidError, EventUnexpectedError } from "./errors.ts";
import { META, type Meta, metaProblems } from "./meta.ts";

/** What an event says of itself. */
export interface EventInfo {
  /** The publisher's id, the same on every delivery and re-send: what to deduplicate by. */
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly version: number;
  /** When it happened, ISO 8601 in UTC, whole seconds. */
  readonly time: string;
  readonly correlationId: string;
  readonly causationId: string | undefined;
}

/** An event that was checked, with its detail. */
export interface ReceivedEvent<T> extends EventInfo {
  readonly detail: T;
}

/**
 * Checks an event against what a function takes, and takes `_meta` out of its detail.
 *
 * An event without `_meta` was published by someone else: it counts as the definition's version, and EventBridge's
 * id is its id and correlation.
 *
 * @throws EventUnexpectedError for another kind of event; EventInvalidError for a wrong detail.
 */
export async function receive<T>(definition: EventDefinition<T>, event: unknown): Promise<ReceivedEvent<T>> {
  const envelope = envelopeOf(definition, event);
  const { meta, rest } = takeMeta(definition, envelope.detail);
  const { source, type } = definition;
  const version = meta?.version ?? definition.version;
  if (version !== definition.version) {
    throw new EventUnexpectedError(
      `${source} ${type} came in version ${version}, and this function takes version ${definition.version}. ` +
        `Match detail.${META}.version in the rule, or deploy the consumer first.`,
    );
  }
  const checked = await definition.check(rest);
  if (!checked.ok) throw new EventInvalidError(`${source} ${type} ${envelope.id}`, checked.problems);
  return {
    id: meta?.id ?? envelope.id,
    source,
    type,
    version,
    time: envelope.time,
    correlationId: meta?.correlationId ?? envelope.id,
    causationId: meta?.causationId,
    detail: checked.value,
  };
}

function envelopeOf(definition: EventDefinition<unknown>, event: unknown): EventBridgeEvent {
  const expected = `${definition.source} ${definition.type}`;
  if (!isEventBridgeEvent(event)) {
    throw new EventUnexpectedError(`Expected an EventBridge event, ${expected}; ${whatCame(event)}.`);
  }
  const { source, "detail-type": type } = event;
  if (source !== definition.source || type !== definition.type) {
    const came = `${source.slice(0, 256)} ${type.slice(0, 128)}`;
    throw new EventUnexpectedError(
      `Expected ${expected}, but ${came} came. Narrow the rule's event pattern.`,
    );
  }
  return event;
}

function whatCame(event: unknown): string {
  if (typeof event !== "object" || event === null) return "what came is no object";
  if ("Records" in event) return whatRecords(event.Records);
  if ("requestContext" in event) return "what came is an HTTP request";
  return "what came lacks one of id, source, detail-type, time and detail (an input transformer in the rule, or another sender)";
}

function whatRecords(records: unknown): string {
  const [first]: readonly unknown[] = Array.isArray(records) ? records : [];
  const { eventSource, EventSource } = Object(first) as { eventSource?: unknown; EventSource?: unknown };
  const source = eventSource ?? EventSource;
  return source === "aws:sqs" || source === undefined
    ? "what came are SQS messages: wrap the function with sqsBatch and decode the bodies with eventDecoder"
    : `what came has Records of ${String(source).slice(0, 50)}`;
}

function takeMeta(
  definition: EventDefinition<unknown>,
  detail: unknown,
): { readonly meta: Meta | undefined; readonly rest: unknown } {
  if (typeof detail !== "object" || detail === null || !Object.hasOwn(detail, META)) {
    return { meta: undefined, rest: detail };
  }
  const { [META]: meta, ...rest } = detail as { readonly [META]: unknown };
  const problems = metaProblems(meta);
  if (problems.length > 0) throw new EventInvalidError(`${definition.source} ${definition.type}`, problems);
  // metaProblems found nothing wrong with it.
  return { meta: meta as Meta, rest };
}
