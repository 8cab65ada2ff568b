import { expect, test } from "vitest";
import { type Difference, judgeDifferences, LOOKS_INSIDE } from "../../tools/services/differences.ts";
import type { NamedTests } from "../../tools/services/named-tests.ts";

const listed: Difference = { tests: ["known"], does: "", aws: "", page: "", right: "ours" };

function judge(outcomes: Readonly<Record<string, string>>, difference = listed) {
  const tests = Object.entries(outcomes).map(([fullName, outcome]) => ({
    fullName,
    status: outcome === "passes" ? "passed" : "failed",
    failureMessages: outcome === "passes" ? [] : [outcome],
  }));
  const report: NamedTests = {
    success: true,
    numPassedTests: 0,
    numFailedTests: 0,
    testResults: [{ name: "a.test.ts", status: "passed", message: "", assertionResults: tests }],
  };
  const { tally, lines } = judgeDifferences(report, [difference]);
  return { ...tally, lines: lines.join("\n") };
}

test("what differs as listed has passed, as what agrees has", () => {
  expect(judge({ known: "differs", agreed: "passes" })).toMatchObject({ passed: 2, failed: 0 });
});

test("a listed difference that is gone has failed", () => {
  expect(judge({ known: "passes" })).toMatchObject({
    failed: 1,
    lines: expect.stringContaining("is none: known"),
  });
});

test("a difference that depends on the moment may be there or not", () => {
  for (const known of ["passes", "differs"]) {
    expect(judge({ known }, { ...listed, sometimes: true })).toMatchObject({ passed: 1, failed: 0 });
  }
});

test("a difference that is not listed has failed", () => {
  const { failed, lines } = judge({ known: "differs", other: "why" });
  expect(failed).toBe(1);
  expect(lines).toContain("not listed: other\nwhy");
});

test("a listed test that does not exist has failed", () => {
  expect(judge({ agreed: "passes" })).toMatchObject({ passed: 1, failed: 1 });
});

test("a test that looks inside is counted neither way, and must not be listed", () => {
  expect(judge({ known: "differs", inside: `Error: ${LOOKS_INSIDE}` })).toMatchObject({
    passed: 1,
    failed: 0,
  });
  expect(judge({ known: `Error: ${LOOKS_INSIDE}` })).toMatchObject({ passed: 0, failed: 1 });
});

test("a file that does not load has failed", () => {
  const testResults = [{ name: "a.test.ts", status: "failed", message: "no", assertionResults: [] }];
  const report = { success: false, numPassedTests: 0, numFailedTests: 0, testResults };
  expect(judgeDifferences(report, []).tally).toEqual({ passed: 0, failed: 1 });
});
