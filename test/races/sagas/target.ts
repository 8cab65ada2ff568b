import { RetryableError, TerminalError } from "holdfast";

/** Someone outside who appends what he does: nothing of it is idempotent by itself. */
export interface Target {
  ask(what: string, key: string): Promise<string>;
  /** Changes nothing, and says no now and then: asked again, he may say something else. */
  look(): Promise<string>;
}

export interface Told {
  readonly target: Target;
  readonly log: readonly { readonly what: string; readonly key: string }[];
  times(what: string): number;
  /** How often a request found him closed. */
  readonly outages: number;
  /** How often he said no. */
  readonly refusals: number;
}

/** He remembers what each key came to, a no as well, if he honours keys. What he refuses is a business failure. */
export function startTarget(options: {
  readonly honoursKeys: boolean;
  readonly refuses: readonly string[];
  /** Asked at each request: closed, he does nothing. */
  readonly isClosed: () => boolean;
  readonly isMoody: () => boolean;
}): Told {
  const { honoursKeys, refuses, isClosed, isMoody } = options;
  const log: { what: string; key: string }[] = [];
  const known = new Map<string, string>();
  let outages = 0;
  let refusals = 0;

  function open(what: string): void {
    if (!isClosed()) return;
    outages += 1;
    throw new RetryableError(`${what}: closed`);
  }

  function refuse(what: string): never {
    refusals += 1;
    throw new TerminalError(`${what}: refused`);
  }

  return {
    log,
    times: (what) => log.filter((line) => line.what === what).length,
    get outages() {
      return outages;
    },
    get refusals() {
      return refusals;
    },
    target: {
      async ask(what, key) {
        open(what);
        const before = honoursKeys ? known.get(key) : undefined;
        if (before !== undefined) return before;
        if (refuses.includes(what)) refuse(what);
        log.push({ what, key });
        known.set(key, `${what} ${log.length}`);
        return `${what} ${log.length}`;
      },
      async look() {
        open("look");
        return isMoody() ? refuse("look") : "fine";
      },
    },
  };
}
