import fc from "fast-check";
import { expect, test } from "vitest";
import { dispatch, withUsage } from "../../src/cli/dispatch.ts";
import { UsageError } from "../../src/cli/io.ts";
import { painter } from "../../src/cli/paint.ts";
import { printable } from "../../src/cli/printable.ts";
import { run } from "../../src/cli/run.ts";
import { span } from "../../src/cli/span.ts";
import { runCommand } from "./fake-io.ts";

const echo = withUsage("Usage: tool echo", async (args, io) => {
  if (args[0] === "wrong") throw new UsageError("wrong it is");
  io.out(args.join(" "));
  return 0;
});
const loaded: string[] = [];
const tool = dispatch("tool", {
  echo: { says: "says it again", load: async () => echo },
  other: {
    says: "is not loaded",
    async load() {
      loaded.push("other");
      return echo;
    },
  },
});

test("a command is given the arguments after its name, and no other command is loaded", async () => {
  expect(await runCommand(tool, ["echo", "a", "b"])).toMatchObject({ exitCode: 0, out: "a b\n", err: "" });
  expect(loaded).toEqual([]);
});

test.each([[[]], [["nothing"]], [["constructor"]], [["--nothing"]]])(
  "%j is no command: the usage on standard error, and exit code 2",
  async (args) => {
    const { exitCode, out, err } = await runCommand(tool, args);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toContain("Usage: tool <command>");
    expect(err).toContain("says it again");
  },
);

test.each([
  [["--help"], "Usage: tool <command>"],
  [["echo", "a", "--help"], "Usage: tool echo"],
])("%j prints the usage, and that is no mistake", async (args, usage) => {
  const { exitCode, out, err } = await runCommand(tool, args);
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
  expect(out).toContain(usage);
});

test("a wrong command line is told after the usage, where it is read", async () => {
  const { exitCode, err } = await runCommand(tool, ["echo", "wrong"]);
  expect(exitCode).toBe(2);
  expect(err).toMatch(/^Usage: tool echo\n\nwrong it is\n$/);
});

test("the program never rejects: what went wrong is told with its cause, and the exit code is 1", async () => {
  const args = ["idempotency", "inspect", "--id", "a#b", "--store", "test/cli/stores/broken.mjs"];
  expect(await runCommand(run, args)).toMatchObject({
    exitCode: 1,
    out: "",
    err: "holdfast: no store\\u001b[2J\n  TypeError: no network\n",
  });
});

test("nothing that a terminal would obey is printed of what comes from elsewhere", () => {
  expect(printable("a\u001b[2Jb\u009bc\r\nd")).toBe("a\\u001b[2Jb\\u009bc\\u000d\nd");
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => !/[^\P{Cc}\n]/u.test(printable(text))));
});

test.each([
  [0, "0 ms"],
  [1_999, "1999 ms"],
  [90_000, "90 s"],
  [600_000, "10 min"],
  [14 * 86_400_000, "14 d"],
])("%i ms are %s", (ms, text) => expect(span(ms)).toBe(text));

test("colours are for those who asked for them", () => {
  expect(painter(false)("red", "a")).toBe("a");
  expect(painter(true)("red", "a")).toBe("\u001b[31ma\u001b[0m");
});
