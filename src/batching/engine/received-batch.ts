import { at } from "../at.ts";
import { WrongEventError } from "../errors.ts";
import type { BatchSource } from "../source.ts";
import { identifierTable } from "./identifier-table.ts";
import { isObject, nameOf, originOf, whatCame } from "./what-came.ts";

/** A batch whose every record can be run and reported; no two have the same identifier. */
export interface ReceivedBatch<Rec> {
  readonly source: BatchSource<Rec>;
  readonly records: readonly Rec[];
}

/**
 * Looks at an event before anything runs.
 *
 * A source may deliver a record twice within one batch: the copy (same identifier, same body) shares its
 * original's fate, as one identifier can only be reported once.
 *
 * @throws WrongEventError (`WRONG_EVENT`) for another kind of event, a record without identifier, or two different
 * records with the same: a partial response could not name them, and would lose them.
 */
export function receiveBatch<Rec>(source: BatchSource<Rec>, event: unknown): ReceivedBatch<Rec> {
  const refuse = (came: string): WrongEventError => new WrongEventError(source.expected, came);
  if (!isObject(event)) throw refuse(`what came is ${nameOf(event)}`);
  const given = source.records(event);
  if (given === undefined) throw refuse(whatCame(event));
  // Each is looked at below before anything asks for it here.
  const records = given as readonly Rec[];
  const seen = identifierTable(given.length, (place) => String(source.identifier(at(records, place))));
  let copies: Set<number> | undefined;
  let knownOrigin: string | undefined;
  // Once over the list: of 10,000 records it is their memory that takes the time.
  for (let index = 0; index < given.length; index += 1) {
    const value = given[index];
    if (!isObject(value)) throw refuse(`record ${index} is ${nameOf(value)}`);
    const origin = originOf(value);
    if (origin !== knownOrigin && origin !== undefined) {
      if (!source.origins.includes(origin)) throw refuse(`record ${index} came from ${origin.slice(0, 100)}`);
      knownOrigin = origin;
    }
    // From here on it is a record of this source, as far as the engine looks at it.
    const record = value as Rec;
    const identifier: unknown = source.identifier(record);
    if (typeof identifier !== "string" || identifier === "") {
      throw refuse(`record ${index} has no identifier, so its failure could not be reported`);
    }
    const wrong = source.refuse?.(record);
    if (wrong !== undefined) throw refuse(`record ${index} ${wrong}`);
    const original = seen.put(identifier, index);
    if (original === undefined) continue;
    if (source.body(at(records, original)) !== source.body(record)) {
      throw refuse(`record ${index} has the identifier of another record with another body`);
    }
    copies ??= new Set();
    copies.add(index);
  }
  return { source, records: copies === undefined ? records : without(copies, records) };
}

function without<Rec>(copies: ReadonlySet<number>, records: readonly Rec[]): readonly Rec[] {
  return records.filter((_, index) => !copies.has(index));
}

/** What the batch's source calls a record: seen to be there when the batch was received. */
export function identifierAt<Rec>({ source, records }: ReceivedBatch<Rec>, index: number): string {
  return String(source.identifier(at(records, index)));
}
