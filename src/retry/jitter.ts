import { InvalidOptionError } from "../core/errors.ts";

/**
 * How a wait is drawn. `full`: anywhere between nothing and the limit, which keeps a crowd apart best. `equal`: between half the limit
 * and all of it. `decorrelated`: between the first limit and three times the last wait, whatever the attempt. `none`: the limit.
 */
export type Jitter = "full" | "equal" | "decorrelated" | "none";

const JITTERS: readonly Jitter[] = ["full", "equal", "decorrelated", "none"];

/**
 * Draws the wait from below a limit that is capped already: waits that are jittered first pile up on the cap.
 *
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog; there the decorrelated wait is capped last.
 */
export function jittered(
  jitter: Jitter,
  limitMs: number,
  random: () => number,
  of: { readonly initialDelayMs: number; readonly maxDelayMs: number; readonly lastMs: number },
): number {
  switch (jitter) {
    case "none":
      return limitMs;
    case "full":
      return random() * limitMs;
    case "equal":
      return (limitMs / 2) * (1 + random());
    case "decorrelated": {
      const lowMs = Math.min(of.initialDelayMs, of.maxDelayMs);
      const highMs = Math.min(of.maxDelayMs, Math.max(lowMs, of.lastMs * 3));
      return lowMs + random() * (highMs - lowMs);
    }
  }
}

export function checkJitter(where: string, jitter: unknown, known: readonly Jitter[] = JITTERS): void {
  if (known.includes(jitter as Jitter)) return;
  throw new InvalidOptionError(where, `jitter must be ${known.map((name) => `"${name}"`).join(" or ")}`);
}
