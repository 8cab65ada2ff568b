/** Short, for all of it is waited for. */
export const settings = {
  threshold: 5,
  halfOpenAfterMs: 1_000,
  probeTimeoutMs: 700,
  probesToClose: 3,
  readEveryMs: 500,
  staleAfterMs: 2_000,
  rampMs: 3_000,
  storeTimeoutMs: 500,
} as const;

/** What one invocation answers: which environment it was, what became of it, and what that environment was told of since its last answer. */
export interface Answer {
  readonly pid: number;
  /** `answered`, `NO_ANSWER` of the dependency; or the code or name of any other error that the caller of the wrapped function got. */
  readonly outcome: string;
  readonly isProbe: boolean;
  readonly facts: readonly string[];
}
