import { expect, test } from "vitest";
import { run } from "../../../src/cli/run.ts";
import { runCommand } from "../fake-io.ts";

const inspect = (...args: readonly string[]) =>
  runCommand(run, ["idempotency", "inspect", "--id", "post#k", ...args]);

test("--store takes a module's `store`, or its default", async () => {
  const { exitCode, err } = await inspect("--store", "test/cli/stores/default.mjs");
  expect(exitCode).toBe(3);
  expect(err).toContain("There is no record post#k");
});

test.each([
  [[], "Give --store or --table"],
  [["--store", "a.mjs", "--table", "t"], "leave out --table"],
  [["--store", "test/cli/stores/absent.mjs"], "there is no file test/cli/stores/absent.mjs"],
  [["--store", "test/cli/stores/none.mjs"], "must export an idempotency store"],
  [
    ["--store", "test/cli/stores/keeping.mjs"],
    "the `results` of test/cli/stores/keeping.mjs must be made by resultKeeper",
  ],
  [["--table", "t", "--sort-key", "sk"], "name and a value"],
  [["--table", ""], "tableName is missing"],
  [["--nothing"], "--nothing"],
])("%j is a wrong command line", async (args, what) => {
  const { exitCode, out, err } = await inspect(...args);
  expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
  expect(err).toContain(what);
});
