/** What the environments have counted under one alert. */
export interface AlertCount {
  /** Failures less successes. */
  readonly score: number;
  /** How many reports that is the sum of. */
  readonly reports: number;
}

/** The score at which the alert is decided, one way or the other. */
const DECIDED = 8;
/** What one report may weigh: one environment alone, however busy or sick, decides nothing at once. */
const MOST_A_REPORT = 4;
const LEAST_REPORTS = 3;

/**
 * Whether what was counted under an alert opens the circuit for all, or shows that the alert was wrong.
 *
 * A sequential probability ratio test on a walk of failures less successes, which stops at +8 or -8. At 5 % failures of calls
 * it opens falsely once in (0.95 / 0.05)^8, some 10^10 alerts; at 60 % it goes the wrong way once in 27, and the next alert decides.
 * It needs 8 failures of a dependency that is down, and no more, however large the fleet is.
 *
 * Source: A. Wald, "Sequential Tests of Statistical Hypotheses" (1945).
 */
export function verdictOf({ score, reports }: AlertCount): "corroborated" | "all-clear" | undefined {
  if (score <= -DECIDED) return "all-clear";
  return score >= DECIDED && reports >= LEAST_REPORTS ? "corroborated" : undefined;
}

/** What a report of these outcomes weighs. */
export function weightOf(failures: number, successes: number): number {
  return Math.max(-MOST_A_REPORT, Math.min(MOST_A_REPORT, failures - successes));
}

/**
 * What it weighs that an environment has tripped while an alert was on, without being a witness. Little: trips come at once and only from those that
 * fail, while those that are well have yet to see the alert.
 */
export const TRIP_WEIGHT = 0.25;

const FIRST_INTERVAL_MS = 500;
const REPORTS_A_SECOND = 50;

/**
 * How long an environment waits until its next report, so that all of them together make some fifty a second: as many times longer as
 * there were too many since the alert began.
 */
export function nextIntervalMs(intervalMs: number, reports: number, alertAgeMs: number): number {
  const perSecond = reports / Math.max(1, alertAgeMs / 1_000);
  return Math.max(FIRST_INTERVAL_MS, intervalMs * Math.min(64, perSecond / REPORTS_A_SECOND));
}
