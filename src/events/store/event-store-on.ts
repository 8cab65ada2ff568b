import { type Call, entered, refusal } from "../../core/call.ts";
import type { OutgoingEvent } from "../definition.ts";
import { highestOf, type PreparedAppend, prepareAppend, standingOf } from "./appending.ts";
import { EventStreamConflictError } from "./errors.ts";
import type { Appended, EventStore } from "./event-store.ts";
import { readPages, readStream } from "./read-stream.ts";
import { rebuildStream } from "./rebuild.ts";
import type { StoredEvent } from "./stored-event.ts";
import type { StreamStorage } from "./stream-storage.ts";

/** What an event store does, whatever its events lie in. */
export function eventStoreOn(storage: StreamStorage): EventStore {
  async function prepared(
    where: string,
    stream: string,
    expectedVersion: number,
    events: readonly OutgoingEvent[],
    call: Call,
  ): Promise<PreparedAppend> {
    const append = await prepareAppend(where, stream, expectedVersion, events, call);
    storage.check(append);
    return append;
  }

  /** Only some of the events that stood in the way were shown, all of them ours: whether the rest is there is looked up. */
  async function lyingThere(append: PreparedAppend, call: Call): Promise<readonly StoredEvent[]> {
    const { stream, expectedVersion, events } = append;
    const found: StoredEvent[] = [];
    const range = { from: expectedVersion + 1, to: expectedVersion + events.length };
    for await (const event of readStream(storage, stream, range, call)) found.push(event);
    return found;
  }

  return {
    name: storage.name,
    async append(stream, expectedVersion, events, given): Promise<Appended> {
      const call = entered(given);
      const append = await prepared("eventStore.append", stream, expectedVersion, events, call);
      const version = expectedVersion + events.length;
      if (events.length === 0) return { version, events: [], isRepeat: false };
      const refused = refusal(call);
      if (refused !== undefined) throw refused;
      const answer = await storage.put(append, call);
      if (answer.written) return { version, events: append.events, isRepeat: false };
      let { found } = answer;
      if (standingOf(append, found) === "unknown") found = await lyingThere(append, call);
      if (standingOf(append, found) === "ours") return { version, events: known(found), isRepeat: true };
      throw new EventStreamConflictError(append, { foundVersion: highestOf(found), cause: answer.cause });
    },
    async appending(stream, expectedVersion, events, given) {
      const append = await prepared("eventStore.appending", stream, expectedVersion, events, given);
      return {
        ...append,
        version: expectedVersion + events.length,
        items: events.length === 0 ? [] : storage.itemsOf(append),
        foundIn: (error, firstItem) => storage.foundIn(error, append, firstItem),
      };
    },
    read: (stream, options, call) => readStream(storage, stream, options, call),
    rebuild: (stream, options, call) => rebuildStream(storage, stream, options, call),
    scan: (options, call) => readPages(storage, options, call),
  };
}

function known(found: readonly (StoredEvent | undefined)[]): readonly StoredEvent[] {
  return found.filter((event) => event !== undefined);
}
