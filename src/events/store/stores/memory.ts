import type { PreparedAppend } from "../appending.ts";
import type { EventStore } from "../event-store.ts";
import { eventStoreOn } from "../event-store-on.ts";
import type { StoredEvent } from "../stored-event.ts";
import type { StreamStorage } from "../stream-storage.ts";

/** An event store that a test can look at. */
export interface MemoryEventStore extends EventStore {
  /** The events of each stream, in order. */
  readonly streams: ReadonlyMap<string, readonly StoredEvent[]>;
}

/**
 * Keeps events in this process, for tests.
 *
 * Its `appending` gives items for `unit.transact` of `memoryStore`, so a function that appends in a unit can be tested with both.
 *
 * @example
 * ```ts
 * const events = memoryEventStore();
 * await events.append("order-17", 0, [orderPlaced.of(order)], rootCall());
 * console.log(events.streams.get("order-17")?.length); // 1
 * ```
 */
export function memoryEventStore(): MemoryEventStore {
  const streams = new Map<string, StoredEvent[]>();

  /** What lies where the append wants to write; undefined when nothing does, and what is expected is there. */
  function inTheWay({
    stream,
    expectedVersion,
    events,
  }: PreparedAppend): (StoredEvent | undefined)[] | undefined {
    const had = streams.get(stream) ?? [];
    return had.length === expectedVersion ? undefined : events.map(({ version }) => had[version - 1]);
  }

  function write({ stream, events }: PreparedAppend): void {
    streams.set(stream, [...(streams.get(stream) ?? []), ...events.map((event) => structuredClone(event))]);
  }

  const storage: StreamStorage = {
    name: "memory",
    check() {},
    async put(append) {
      const found = inTheWay(append);
      if (found !== undefined) return { written: false, found };
      write(append);
      return { written: true };
    },
    itemsOf: (append) => [
      function appendEvents() {
        const found = inTheWay(append);
        if (found !== undefined) throw new RefusedAppend(found);
        const before = streams.get(append.stream);
        write(append);
        return () =>
          before === undefined ? streams.delete(append.stream) : streams.set(append.stream, before);
      },
    ],
    foundIn(error, _append, firstItem) {
      const { refused, cause }: { readonly refused?: unknown; readonly cause?: unknown } = Object(error);
      const isHere = Array.isArray(refused) && Object(refused[0]).index === firstItem;
      return isHere && cause instanceof RefusedAppend ? cause.found : undefined;
    },
    async query({ stream, from, to, limit = Number.POSITIVE_INFINITY }) {
      const rest = (streams.get(stream) ?? []).slice(from - 1, to);
      return { events: structuredClone(rest.slice(0, limit)), isLast: rest.length <= limit };
    },
    lastVersion: async (stream) => streams.get(stream)?.length ?? 0,
    async scan({ cursor = "0", pageSize = 100 }) {
      const all = [...streams.values()].flat();
      const next = Number(cursor) + pageSize;
      return {
        events: structuredClone(all.slice(Number(cursor), next)),
        cursor: next < all.length ? String(next) : undefined,
      };
    },
  };
  return { ...eventStoreOn(storage), streams };
}

/** What an item throws, for `foundIn`. */
class RefusedAppend extends Error {
  readonly found: readonly (StoredEvent | undefined)[];
  constructor(found: readonly (StoredEvent | undefined)[]) {
    super("The stream is not at the version that was expected.");
    this.found = found;
  }
}
