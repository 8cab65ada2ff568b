import type { CloudClock, Deliver, Observe, Running } from "../../services.ts";
import type { StreamMapping } from "../../template/stack.ts";
import type { LambdaFaults } from "../invocation.ts";
import { pause } from "../pause.ts";
import { batchInvoke, type Invoke } from "./batch-invoke.ts";
import { createBell } from "./bell.ts";
import { discardTo } from "./discard.ts";
import { laneOf } from "./lane.ts";
import { type LaneWorker, startLane } from "./lane-worker.ts";
import type { ShardReader, ShardStart, StreamRecord, StreamSource } from "./source.ts";

/** Records read ahead of the function, for each lane of a shard: as many as its largest batch. */
const READ_AHEAD = 10_000;
/** However fast the cloud's clock is, the stream is not asked more often. In real milliseconds. */
const LEAST_POLL_MS = 25;

export interface RunningStreamMapping extends Running {
  /**
   * Records in the stream that are neither done nor discarded, those passed over apart. Looks into the stream, to
   * know of those that were just put; at least 1 while it cannot be read.
   */
  pending(): Promise<number>;
}

interface Shard {
  readonly id: string;
  readonly parentIds: readonly string[];
  readonly reader: ShardReader;
  readonly lanes: readonly LaneWorker[];
  readonly read: { atMs: number; ended: boolean };
}

/**
 * An event source mapping of a stream (AWS pages 'Using Lambda to process records from Amazon Kinesis Data Streams'
 * and 'Using AWS Lambda with Amazon DynamoDB'): reads every shard in order and invokes the function with batches. A
 * batch that fails blocks its shard, or its lane of it, until it succeeds or is discarded. Resolves once the starting
 * positions stand: what is put after that is seen.
 */
export async function startStreamMapping(options: {
  readonly mapping: StreamMapping;
  readonly source: StreamSource;
  readonly functionName: string;
  readonly invoke: Invoke;
  /** Whether the function is to see a record; the others are passed over. */
  readonly accepts: (record: StreamRecord) => boolean;
  readonly deliver: Deliver;
  readonly clock: CloudClock;
  readonly observe: Observe;
  readonly faults?: LambdaFaults;
}): Promise<RunningStreamMapping> {
  const { mapping, source, clock, observe, functionName } = options;
  if (!mapping.enabled) return { pending: async () => 0, stop: async () => {} };
  const stopping = new AbortController();
  const { signal } = stopping;
  const bell = createBell(clock, signal);
  const shards = new Map<string, Shard>();
  const forLanes = {
    mapping,
    source,
    readOn: bell.ring,
    batchInvoke: batchInvoke({
      invoke: options.invoke,
      functionArn: mapping.functionArn,
      functionName,
      source: source.name,
      observe,
      ...(options.faults === undefined ? {} : { faults: options.faults }),
      signal,
    }),
    discard: discardTo({ mapping, source, deliver: options.deliver, clock, observe }),
    clock,
    observe,
    signal,
  };

  async function find(start: ShardStart): Promise<void> {
    for (const { id, parentIds } of await source.listShards()) {
      if (shards.has(id)) continue;
      const reader = await source.openShard(id, start);
      const read = { atMs: clock.now(), ended: false };
      const progress = () => read;
      const lanes = Array.from({ length: mapping.parallelizationFactor }, () =>
        startLane({ ...forLanes, shardId: id, progress }),
      );
      shards.set(id, { id, parentIds, reader, lanes, read });
    }
  }

  /** Children hold what came after their parents' records: they wait for these. */
  function parentsAreDone({ parentIds }: Shard): boolean {
    return parentIds.every((id) => {
      const parent = shards.get(id);
      return parent === undefined || (parent.read.ended && outstanding(parent) === 0);
    });
  }

  /** Whether all was read that is there. */
  async function readShard(shard: Shard): Promise<boolean> {
    let more = !shard.read.ended;
    while (more && !signal.aborted && outstanding(shard) < READ_AHEAD * shard.lanes.length) {
      const atMs = clock.now();
      const { records, ended } = await shard.reader.read();
      shard.read.atMs = atMs;
      shard.read.ended = ended;
      const byLane = Map.groupBy(records.filter(options.accepts), ({ orderingKey }) =>
        laneOf(orderingKey, shard.lanes.length),
      );
      for (const [lane, worker] of shard.lanes.entries()) worker.take(byLane.get(lane) ?? []);
      more = records.length > 0 && !ended;
    }
    return !more;
  }

  /** Shards are made by splitting and merging, which ends others: then it is time to look for them. */
  let stale = false;
  /** Gives the number of shards that may hold more than was read. */
  async function readAll(): Promise<number> {
    let unread = 0;
    if (stale) await findChildren();
    // What is found on the way is read in the same round.
    for (const shard of shards.values()) {
      const before = shard.read.ended;
      if (!parentsAreDone(shard) || !(await readShard(shard))) unread += 1;
      if (before || !shard.read.ended) continue;
      stale = true;
      await findChildren();
    }
    return unread;
  }

  async function findChildren(): Promise<void> {
    // All of them are new: nothing in them was there when the mapping started.
    await find("TRIM_HORIZON");
    stale = false;
  }

  /** One at a time: a reader must not be asked twice for the same records. */
  let lastRead: Promise<unknown> = Promise.resolve();
  function readOn(): Promise<number> {
    const reading = lastRead.then(readAll);
    lastRead = reading.catch(() => {});
    return reading;
  }

  async function poll(): Promise<void> {
    while (!signal.aborted) {
      // A stream that does not answer is asked again, as Lambda's pollers do.
      await readOn().catch(() => pause(clock, LEAST_POLL_MS, signal));
      await bell.wait(Math.max(LEAST_POLL_MS, source.pollMs / clock.speed));
    }
  }

  try {
    await find(mapping.startingPosition);
  } catch (error) {
    stopping.abort();
    throw error;
  }
  const polling = poll();
  const left = (): number => [...shards.values()].reduce((sum, shard) => sum + outstanding(shard), 0);
  return {
    async pending() {
      if (signal.aborted) return 0;
      // A shard that was not read to its end counts, even if nothing is left of what was read by now.
      return readOn().then(
        (unread) => left() + unread,
        () => left() + 1,
      );
    },
    async stop() {
      stopping.abort();
      await polling;
      await lastRead;
      await Promise.all([...shards.values()].flatMap(({ lanes }) => lanes.map(({ ended }) => ended)));
    },
  };
}

function outstanding({ lanes }: Shard): number {
  return lanes.reduce((sum, lane) => sum + lane.outstanding(), 0);
}
