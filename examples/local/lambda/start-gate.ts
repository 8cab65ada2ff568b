/** Lets few things begin at once; the others wait their turn. */
export type StartGate = <T>(start: () => Promise<T>, begun: (started: T) => Promise<unknown>) => Promise<T>;

/**
 * Environments that initialise together slow each other down until they miss their timeouts, are killed, and start
 * again: a machine of few cores must start few of them at a time, whichever functions they belong to.
 *
 * `start` makes one, and its place is free once what `begun` gives has settled.
 */
export function startGate(atOnce: number): StartGate {
  const waiting: (() => void)[] = [];
  let busy = 0;
  const leave = (): void => {
    busy -= 1;
    waiting.shift()?.();
  };
  return async (start, begun) => {
    if (busy >= atOnce) await new Promise<void>((resolve) => waiting.push(resolve));
    busy += 1;
    try {
      const started = await start();
      void begun(started).then(leave, leave);
      return started;
    } catch (error) {
      leave();
      throw error;
    }
  };
}
