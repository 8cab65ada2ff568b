import { at } from "./at.ts";
import { WrongEventError } from "./errors.ts";
import { type Lanes, lanesOf } from "./lanes.ts";
import type { BatchSource } from "./source.ts";

/** A batch whose every record can be run and reported. */
export interface ReceivedBatch<Rec> {
  readonly source: BatchSource<Rec>;
  readonly records: readonly Rec[];
  /** `identifiers[i]` is what the response calls `records[i]`; no two are equal. */
  readonly identifiers: readonly string[];
  readonly lanes: Lanes;
}

/**
 * Looks at an event before anything runs.
 *
 * A queue may deliver a message twice within one batch: the copy (same identifier, same body) shares its
 * original's fate, as one identifier can only be reported once.
 *
 * @throws WrongEventError (`WRONG_EVENT`) for another kind of event, a record without identifier, or two different
 * records with the same: a partial response could not name them, and would lose them.
 */
export function receiveBatch<Rec>(source: BatchSource<Rec>, event: unknown): ReceivedBatch<Rec> {
  const refuse = (came: string): WrongEventError => new WrongEventError(source.expected, came);
  if (!isObject(event)) throw refuse(`what came is ${nameOf(event)}`);
  const { Records: given } = event as { readonly Records?: unknown };
  if (!Array.isArray(given)) throw refuse(whatCame(event));
  const originals = new Map<string, Rec>();
  given.forEach((value: unknown, index) => {
    if (!isObject(value)) throw refuse(`Records[${index}] is ${nameOf(value)}`);
    const origin = originOf(value);
    if (origin !== undefined && origin !== source.eventSource) {
      throw refuse(`Records[${index}] came from ${origin}`);
    }
    // From here on it is a record of this source, as far as the engine looks at it.
    const record = value as Rec;
    const identifier: unknown = source.identifier(record);
    if (typeof identifier !== "string" || identifier === "") {
      throw refuse(`Records[${index}] has no identifier, so its failure could not be reported`);
    }
    const original = originals.get(identifier);
    if (original === undefined) originals.set(identifier, record);
    else if (source.body(original) !== source.body(record)) {
      throw refuse(`Records[${index}] has the identifier of another record with another body`);
    }
  });
  const records = [...originals.values()];
  return {
    source,
    records,
    identifiers: [...originals.keys()],
    lanes: lanesOf(records.length, (index) => source.lane(at(records, index))),
  };
}

/** SNS writes it with a capital E. */
function originOf(record: object): string | undefined {
  const { eventSource, EventSource }: { readonly eventSource?: unknown; readonly EventSource?: unknown } =
    record;
  const origin = eventSource ?? EventSource;
  return typeof origin === "string" ? origin.slice(0, 100) : undefined;
}

function whatCame(event: object): string {
  if ("Records" in event) return `its Records is ${nameOf(event.Records)}`;
  if ("detail-type" in event) return "what came is an EventBridge event, which has no Records";
  if ("requestContext" in event) return "what came is an HTTP request";
  return "what came has no Records";
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? "a list" : `a value of type ${typeof value}`;
}
