import { RetryableError, TerminalError } from "holdfast";

/** Someone outside who appends what he does: nothing of it is idempotent by itself. */
export interface Target {
  ask(what: string, key: string): Promise<string>;
}

export interface Told {
  readonly target: Target;
  readonly log: readonly { readonly what: string; readonly key: string }[];
  times(what: string): number;
  /** How often a request found him closed. */
  readonly outages: number;
}

/** He remembers what each key came to, a no as well, if he honours keys. What he refuses is a business failure. */
export function startTarget(options: {
  readonly honoursKeys: boolean;
  readonly refuses: readonly string[];
  /** Asked at each request: closed, he does nothing. */
  readonly isClosed: () => boolean;
}): Told {
  const { honoursKeys, refuses, isClosed } = options;
  const log: { what: string; key: string }[] = [];
  const known = new Map<string, string>();
  let outages = 0;
  return {
    log,
    times: (what) => log.filter((line) => line.what === what).length,
    get outages() {
      return outages;
    },
    target: {
      async ask(what, key) {
        if (isClosed()) {
          outages += 1;
          throw new RetryableError(`${what}: closed`);
        }
        const before = honoursKeys ? known.get(key) : undefined;
        if (before !== undefined) return before;
        if (refuses.includes(what)) throw new TerminalError(`${what}: refused`);
        log.push({ what, key });
        known.set(key, `${what} ${log.length}`);
        return `${what} ${log.length}`;
      },
    },
  };
}
