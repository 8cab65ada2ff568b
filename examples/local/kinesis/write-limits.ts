import type { CloudClock } from "../services.ts";

/** What a shard takes in a second of the cloud's time. AWS: 1,000 records and 1 MiB. */
export interface WriteLimits {
  readonly recordsPerSecond: number;
  readonly bytesPerSecond: number;
}

/** Says whether a shard takes one more record in the second that runs; what it takes is counted. */
export type Admit = (shardKey: string, bytes: number) => boolean;

export function writeLimiter(limits: WriteLimits | undefined, clock: CloudClock): Admit {
  if (limits === undefined) return () => true;
  const used = new Map<string, { second: number; records: number; bytes: number }>();
  return (shardKey, bytes) => {
    const second = Math.floor((clock.now() * clock.speed) / 1_000);
    const before = used.get(shardKey);
    const now = before?.second === second ? before : { second, records: 0, bytes: 0 };
    if (now.records + 1 > limits.recordsPerSecond || now.bytes + bytes > limits.bytesPerSecond) return false;
    used.set(shardKey, { second, records: now.records + 1, bytes: now.bytes + bytes });
    return true;
  };
}
