import { pause } from "../lambda/pause.ts";
import type { CloudClock, Running } from "../services.ts";
import type { QueueDepth } from "../sqs/service.ts";

/** What has not come to an end yet. */
export interface Pending {
  readonly invocations: number;
  readonly deliveries: number;
  readonly queueMessages: number;
  readonly streamRecords: number;
}

/** Looks are so far apart, in real milliseconds. */
const LOOK_EVERY_MS = 20;

/** What is under way in a cloud, and whether it has come to rest. Once stopped it waits for nothing more. */
export interface Progress extends Running {
  pending(): Promise<Pending>;
  idle(timeoutMs?: number): Promise<void>;
}

export function watchProgress(options: {
  readonly clock: CloudClock;
  /** Facts observed so far. */
  readonly facts: () => number;
  /** Each says how much it has under way. */
  readonly invocations: readonly (() => number)[];
  readonly deliveries: readonly (() => number)[];
  /** Each looks into streams, and says how many records a function has still to do with. */
  readonly streams: readonly (() => Promise<number>)[];
  readonly depths: () => Promise<readonly QueueDepth[]>;
  /** Names of the queues that a function consumes. */
  readonly consumed: ReadonlySet<string | undefined>;
}): Progress {
  const { clock, facts, depths, consumed } = options;
  const stopping = new AbortController();
  const sum = (counts: readonly (() => number)[]): number =>
    counts.reduce((total, count) => total + count(), 0);
  const inProgress = () => ({
    invocations: sum(options.invocations),
    deliveries: sum(options.deliveries),
  });
  const pending = async (): Promise<Pending> => {
    const queues = await depths();
    const records = await Promise.all(options.streams.map((count) => count()));
    return {
      ...inProgress(),
      streamRecords: records.reduce((total, count) => total + count, 0),
      queueMessages: queues
        .filter(({ name }) => consumed.has(name))
        .reduce((total, { visible, inFlight, delayed }) => total + visible + inFlight + delayed, 0),
    };
  };
  return {
    pending,
    async idle(timeoutMs = Number.POSITIVE_INFINITY) {
      const until = clock.now() + timeoutMs;
      for (;;) {
        if (stopping.signal.aborted) throw new Error("the cloud was stopped before it had come to rest");
        // Queues and streams are counted a moment later: work must not have moved into one, or on, meanwhile.
        const factsBefore = facts();
        const before = inProgress();
        const { invocations, deliveries, queueMessages, streamRecords } = await pending();
        const now = invocations + deliveries + queueMessages + streamRecords;
        const total = before.invocations + before.deliveries + now;
        if (total === 0 && facts() === factsBefore) return;
        if (clock.now() >= until) {
          throw new Error(
            `still pending after ${timeoutMs} ms: ${invocations} invocations, ${deliveries} deliveries, ${queueMessages} messages in queues and ${streamRecords} records in streams with a consumer`,
          );
        }
        await pause(clock, LOOK_EVERY_MS, stopping.signal);
      }
    },
    async stop() {
      stopping.abort();
    },
  };
}
