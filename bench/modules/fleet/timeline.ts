/** Virtual time, in milliseconds since the beginning. */
export interface Timeline {
  readonly nowMs: number;
  /** Runs `work` once, so much later; gives the cancellation. What lies past the end is dropped. */
  after(delayMs: number, work: () => void): () => void;
  /** Goes through all of it. Within one millisecond all happens in the order in which it was asked for. */
  run(): Promise<void>;
}

/**
 * A list for every millisecond: the queue of a million events costs nothing to keep sorted.
 *
 * Promises settle between two milliseconds, in a turn of the event loop, so that a run depends on its seed alone.
 */
export function timeline(lengthMs: number): Timeline {
  const slots: (Event[] | undefined)[] = new Array(lengthMs);
  let nowMs = 0;
  return {
    get nowMs() {
      return nowMs;
    },
    after(delayMs, work) {
      const atMs = Math.max(nowMs + 1, Math.round(nowMs + delayMs));
      const event: Event = { work };
      if (atMs < lengthMs) {
        const slot = slots[atMs];
        if (slot === undefined) slots[atMs] = [event];
        else slot.push(event);
      }
      return () => {
        event.work = undefined;
      };
    },
    async run() {
      for (; nowMs < lengthMs; nowMs += 1) {
        const slot = slots[nowMs];
        if (slot === undefined) continue;
        for (const { work } of slot) work?.();
        slots[nowMs] = undefined;
        await new Promise((resolve) => setImmediate(resolve));
      }
    },
  };
}

/** Without work, it was cancelled. */
interface Event {
  work: (() => void) | undefined;
}
