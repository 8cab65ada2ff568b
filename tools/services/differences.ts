import type { NamedTests } from "./named-tests.ts";
import type { Verdict } from "./second-opinion.ts";

/**
 * Tests that hold here and do not hold elsewhere, for one reason, who is right, and how that is known. AWS's pages
 * decide; `recorded`, `reported` and `chosen` say what stands for what they leave open, or where AWS does otherwise.
 */
export interface Difference {
  /** Full names: of the `describe`s and the test's own. */
  readonly tests: readonly string[];
  /** What the other implementation does. */
  readonly does: string;
  /** What AWS documents, or that it documents nothing. */
  readonly aws: string;
  /** Title of the AWS page that says so, or of the one that would have to. */
  readonly page: string;
  /** What AWS answers in the recordings that LocalStack's tests made of it (their `*.snapshot.json`). */
  readonly recorded?: string;
  /** What AWS answers in public bug reports and in tests that others run on it, and in whose. */
  readonly reported?: string;
  /** What was found nowhere, and is only what ours does. */
  readonly chosen?: string;
  /** `neither` when AWS does what both leave out; `undocumented` when nothing that was found decides. */
  readonly right: "ours" | "theirs" | "neither" | "undocumented";
  /** It depends on the moment, and may be absent. */
  readonly sometimes?: true;
}

/** How a test says that it looks inside the implementation here, and so cannot run on another. */
export const LOOKS_INSIDE = "This test looks inside the local service";

/**
 * A known difference that is still there counts as passed. One that is gone, one that is of no test, and a failure
 * that is not known count as failed. Tests that look inside are counted neither way, and said.
 */
export function judgeDifferences(report: NamedTests, differences: readonly Difference[]): Verdict {
  const lines: string[] = [];
  const known = new Set(differences.flatMap((difference) => difference.tests));
  const fleeting = new Set(differences.flatMap(({ tests, sometimes }) => (sometimes ? tests : [])));
  const seen = new Set<string>();
  const count = { passed: 0, failed: 0, differ: 0, inside: 0 };
  for (const file of report.testResults) {
    if (file.status === "failed" && file.assertionResults.length === 0) {
      count.failed += 1;
      lines.push(`does not load: ${file.name}: ${file.message}`);
    }
    for (const { fullName, status, failureMessages } of file.assertionResults) {
      seen.add(fullName);
      if (failureMessages.some((message) => message.includes(LOOKS_INSIDE))) {
        count.inside += 1;
        if (!known.has(fullName)) continue;
      } else if (status === "passed" && (!known.has(fullName) || fleeting.has(fullName))) {
        count.passed += 1;
        continue;
      } else if (status === "failed" && known.has(fullName)) {
        count.differ += 1;
        continue;
      }
      count.failed += 1;
      if (known.has(fullName)) lines.push(`listed as a difference, and is none: ${fullName}`);
      else lines.push(`differs (${status}), and is not listed: ${fullName}\n${failureMessages.join("\n")}`);
    }
  }
  for (const test of known) {
    if (seen.has(test)) continue;
    count.failed += 1;
    lines.push(`listed as a difference, and there is no such test: ${test}`);
  }
  lines.push(
    `${count.passed} agree, ${count.differ} differ as listed, ${count.inside} look inside and were not compared.`,
  );
  return { tally: { passed: count.passed + count.differ, failed: count.failed }, lines };
}
