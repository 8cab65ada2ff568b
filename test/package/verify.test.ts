import fc from "fast-check";
import { expect, test } from "vitest";
import { addTallies, type TestReport, tallyOfCheck, tallyOfTests } from "../../tools/verify/tally.ts";

function report(passed: number, failed: number, files: TestReport["testResults"] = []): TestReport {
  return { success: failed === 0, numPassedTests: passed, numFailedTests: failed, testResults: files };
}

test("tests are counted as the report counts them", () => {
  expect(tallyOfTests(report(412, 0), 0)).toEqual({ passed: 412, failed: 0 });
  expect(tallyOfTests(report(410, 2), 1)).toEqual({ passed: 410, failed: 2 });
});

test("a file that does not load counts as one failure, one whose tests failed is not counted twice", () => {
  const files = [
    { status: "failed", assertionResults: [] },
    { status: "failed", assertionResults: [{ status: "failed" }, { status: "passed" }] },
    { status: "passed", assertionResults: [{ status: "passed" }] },
  ];
  expect(tallyOfTests(report(2, 1, files), 1)).toEqual({ passed: 2, failed: 2 });
});

test("a run that ended badly has a failure, also when every test passed or no report was written", () => {
  expect(tallyOfTests(report(5, 0), 1)).toEqual({ passed: 5, failed: 1 });
  expect(tallyOfTests({ ...report(5, 0), success: false }, 0)).toEqual({ passed: 5, failed: 1 });
  expect(tallyOfTests(undefined, 0)).toEqual({ passed: 0, failed: 1 });
});

test("the closing line says 0 failed exactly when no check failed", () => {
  const exitCodes = fc.array(
    fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 255 })),
  );
  fc.assert(
    fc.property(exitCodes, (codes) => {
      const { passed, failed } = addTallies(codes.map(tallyOfCheck));
      expect(failed === 0).toBe(codes.every((code) => code === 0));
      expect(passed + failed).toBe(codes.length);
    }),
  );
});
