/** What a window holds. */
export interface Counts {
  readonly calls: number;
  readonly failures: number;
  readonly slow: number;
}

/** The calls that are looked at. */
export interface Window {
  /** Adds a call that has ended, and says what is in the window then. */
  add(nowMs: number, failed: boolean, slow: boolean): Counts;
}

const FAILED = 1;
const SLOW = 2;

/** The last `size` calls. */
export function ringWindow(size: number): Window {
  const ring = new Uint8Array(size);
  const counts = { calls: 0, failures: 0, slow: 0 };
  let next = 0;
  return {
    add(_, failed, slow) {
      if (counts.calls === size) {
        const oldest = ring[next] ?? 0;
        counts.failures -= oldest & FAILED;
        counts.slow -= (oldest & SLOW) >> 1;
      } else counts.calls += 1;
      ring[next] = (failed ? FAILED : 0) | (slow ? SLOW : 0);
      next = (next + 1) % size;
      counts.failures += failed ? 1 : 0;
      counts.slow += slow ? 1 : 0;
      return counts;
    },
  };
}

const BUCKETS = 10;

/**
 * The calls of the last `windowMs`, in ten buckets of which each knows its time: nothing has to be thrown away while nobody calls. A clock that is put
 * back empties the window.
 */
export function bucketWindow(windowMs: number): Window {
  const bucketMs = windowMs / BUCKETS;
  const buckets = Array.from({ length: BUCKETS }, () => ({ at: -1, calls: 0, failures: 0, slow: 0 }));
  const sum = { calls: 0, failures: 0, slow: 0 };
  let lastAt = -1;

  /** What is in the window is summed up when time has come to another bucket. */
  function turn(at: number): void {
    lastAt = at;
    Object.assign(sum, NOTHING);
    for (const [index, bucket] of buckets.entries()) {
      if (index === at % BUCKETS && bucket.at !== at) Object.assign(bucket, { ...NOTHING, at });
      // Of a clock that was put back since: it would count again when time comes round to it.
      if (bucket.at > at) bucket.at = -1;
      if (bucket.at <= at - BUCKETS || bucket.at < 0) continue;
      sum.calls += bucket.calls;
      sum.failures += bucket.failures;
      sum.slow += bucket.slow;
    }
  }

  return {
    add(nowMs, failed, slow) {
      const at = Math.floor(nowMs / bucketMs);
      if (at !== lastAt) turn(at);
      for (const counts of [buckets[at % BUCKETS], sum]) {
        if (counts === undefined) continue;
        counts.calls += 1;
        counts.failures += failed ? 1 : 0;
        counts.slow += slow ? 1 : 0;
      }
      return sum;
    },
  };
}

const NOTHING: Counts = { calls: 0, failures: 0, slow: 0 };
