import { type Call, entered, runtimeOf } from "../../core/call.ts";
import { checkNumber, InvalidOptionError } from "../../core/errors.ts";
import type { Fn } from "../../core/fn.ts";
import { checkOptions } from "../../core/options.ts";
import type { Advanced, Checkpoints } from "./checkpoints.ts";
import { EventStreamIncompleteError } from "./errors.ts";
import type { EventStore } from "./event-store.ts";
import type { StoredEvent } from "./stored-event.ts";

/** Does something with each event of each stream, in the stream's order, and knows how far it has come. */
export interface Follower {
  /** Done with this event, and with those before it in its stream, when it resolves. For `eventStoreBatch`. */
  readonly follow: Fn<StoredEvent, void, Call>;
  /**
   * Goes through the whole store, and does what is not done yet; beside `follow`, and beside another replay. Ends when it is through,
   * or says where to go on, `marginMs` before the call's deadline.
   */
  replay(options: ReplayOptions, call: Call): Promise<Replayed>;
}

export interface ReplayOptions {
  /** Goes on where an earlier one has ended. */
  readonly cursor?: string;
  /** Streams under way at once. Default: 10. */
  readonly concurrency?: number;
  /** Events a page of the scan has at most. Default: 500. */
  readonly pageSize?: number;
  /** Milliseconds before the call's deadline at which no page is begun any more. Default: 10,000. */
  readonly marginMs?: number;
}

export interface Replayed {
  readonly scanned: number;
  /** Of those, and of what was missing before them: how many had not been done yet. */
  readonly done: number;
  /** Where to go on; undefined when it is through. */
  readonly cursor: string | undefined;
}

/** What follows streams: one step for one event, which ends with its checkpoint. */
export interface FollowerSetup {
  /** The public function's name, for errors. */
  readonly where: string;
  /** As it stands in checkpoints. */
  readonly id: string;
  readonly store: EventStore;
  readonly checkpoints: Checkpoints;
  /** Whether to look before a step, where a step that comes in vain does harm. */
  readonly looksFirst: boolean;
  readonly step: (event: StoredEvent, call: Call) => Promise<Advanced>;
}

export function followerOf({ where, id, store, checkpoints, looksFirst, step }: FollowerSetup): Follower {
  /**
   * Does all that is missing up to an event. `at` is how far the stream is believed to be: a step that comes in vain says how far it is.
   * So whoever repeats, comes too early, too late, or beside another, does nothing twice and leaves nothing out.
   */
  async function catchUp(event: StoredEvent, believed: number, call: Call): Promise<number> {
    const { stream, version } = event;
    let at = believed;
    let done = 0;
    while (at < version) {
      const before = at;
      const missing = at === version - 1 ? [event] : store.read(stream, { from: at + 1, to: version }, call);
      for await (const one of missing) {
        const answer = await step(one, call);
        at = answer.isAdvanced ? one.version : answer.at;
        if (!answer.isAdvanced) break;
        done += 1;
      }
      if (at === before) throw new EventStreamIncompleteError(store.name, stream, at + 1);
    }
    return done;
  }

  /** The events of one page that are one stream's. */
  async function replayStream(events: readonly StoredEvent[], call: Call): Promise<number> {
    const last = events.reduce((latest, event) => (event.version > latest.version ? event : latest));
    return catchUp(last, await checkpoints.read(id, last.stream, call), call);
  }

  return {
    async follow(event, given) {
      const call = entered(given);
      const believed = looksFirst ? await checkpoints.read(id, event.stream, call) : event.version - 1;
      await catchUp(event, believed, call);
    },
    async replay(options, given) {
      const call = entered(given);
      checkOptions(`${where}.replay`, options, ["cursor", "concurrency", "pageSize", "marginMs"]);
      const { concurrency = 10, pageSize = 500, marginMs = 10_000, ...from } = options;
      checkNumber(`${where}.replay`, "concurrency", concurrency, { min: 1, integer: true });
      checkNumber(`${where}.replay`, "marginMs", marginMs, { min: 0 });
      let scanned = 0;
      let done = 0;
      for await (const { events, cursor } of store.scan({ ...from, pageSize }, call)) {
        const streams = [...Map.groupBy(events, ({ stream }) => stream).values()];
        await eachOf(streams, concurrency, async (ofOne) => {
          done += await replayStream(ofOne, call);
        });
        scanned += events.length;
        const isLate = runtimeOf(call).now() > call.deadlineMs - marginMs;
        if (isLate && cursor !== undefined) return { scanned, done, cursor };
      }
      return { scanned, done, cursor: undefined };
    },
  };
}

/** So many at once; the first failure is thrown when all that had begun have ended. */
async function eachOf<T>(
  list: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = list.values();
  let hasFailed = false;
  async function oneAfterOther(): Promise<void> {
    for (const item of waiting) {
      if (hasFailed) return;
      await work(item).catch((error: unknown) => {
        hasFailed = true;
        throw error;
      });
    }
  }
  const ends = await Promise.allSettled(Array.from({ length: concurrency }, oneAfterOther));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
}

/** Who follows, as it stands in checkpoints. */
export function followerId(where: string, name: unknown, generation: unknown): string {
  if (typeof name !== "string" || !/^[\w.-]{1,100}$/.test(name)) {
    throw new InvalidOptionError(where, "name must be 1 to 100 letters, digits and _-.");
  }
  checkNumber(where, "generation", generation, { min: 1, integer: true });
  return `${name}#${generation}`;
}

export function checkFollowed(where: string, store: unknown, checkpoints: unknown): void {
  if (typeof Object(store).read !== "function" || typeof Object(store).scan !== "function") {
    throw new InvalidOptionError(where, "store must be an event store: dynamoDBEventStore(…)");
  }
  if (typeof Object(checkpoints).advance !== "function") {
    throw new InvalidOptionError(where, "checkpoints must be dynamoDBCheckpoints(…)");
  }
}
