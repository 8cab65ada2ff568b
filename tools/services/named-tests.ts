import { readFileSync } from "node:fs";
import type { TestReport } from "../verify/tally.ts";

/** Vitest's JSON report, with the names of the tests and why they failed. */
export interface NamedTests extends TestReport {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Undefined when Vitest did not come to write one. */
export function readReport(file: string): NamedTests | undefined {
  try {
    // Vitest wrote it.
    return JSON.parse(readFileSync(file, "utf8")) as NamedTests;
  } catch {
    return undefined;
  }
}
