/** How many passed and how many failed. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
}

/** A check that is not made of tests counts as one. */
export function tallyOfCheck(exitCode: number): Tally {
  return exitCode === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
}

/** What is read of Vitest's JSON report. */
export interface TestReport {
  readonly success: boolean;
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/**
 * Counts tests as Vitest did. What fails without being a test counts as well: a file that does not load as one,
 * and a run that ended badly with every test passed (an unhandled rejection, a report never written) as one.
 */
export function tallyOfTests(report: TestReport | undefined, exitCode: number): Tally {
  if (report === undefined) return { passed: 0, failed: 1 };
  const brokenFiles = report.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
  );
  const failed = report.numFailedTests + brokenFiles.length;
  const endedBadly = exitCode !== 0 || !report.success;
  return { passed: report.numPassedTests, failed: failed === 0 && endedBadly ? 1 : failed };
}

export function addTallies(tallies: readonly Tally[]): Tally {
  return tallies.reduce(
    (sum, tally) => ({ passed: sum.passed + tally.passed, failed: sum.failed + tally.failed }),
    { passed: 0, failed: 0 },
  );
}
