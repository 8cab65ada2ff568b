/** How long to wait before an entry's next send: the same shape as the backoffs of `holdfast/retry`. */
export interface SendBackoff {
  /** Milliseconds to wait after the nth failed send, n from 1. */
  delayMs(failedAttempts: number, random: () => number): number;
}

const INITIAL_MS = 50;
const MAX_MS = 5_000;

/**
 * Anywhere between nothing and a limit that doubles from 50 ms to 5 s.
 *
 * Source: "Exponential Backoff And Jitter", AWS Architecture Blog.
 */
export const fullJitter: SendBackoff = {
  delayMs: (failedAttempts, random) => random() * Math.min(MAX_MS, INITIAL_MS * 2 ** (failedAttempts - 1)),
};
