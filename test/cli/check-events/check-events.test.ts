import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { checkEvents } from "../../../src/cli/check-events/index.ts";
import { type Ran, runCommand } from "../fake-io.ts";

const folder = mkdtempSync(join(tmpdir(), "check-events-"));
afterAll(() => rmSync(folder, { recursive: true }));

const BEFORE = "test/cli/events/before.ts";
const AFTER = "test/cli/events/after.ts";

function check(...args: string[]): Promise<Ran> {
  return runCommand(checkEvents, args);
}

let files = 0;
/** A catalogue of one event with this schema. */
function catalogue(schema: unknown, version = 1): string {
  const file = join(folder, `${files++}.json`);
  const events = [{ source: "order.service", type: "OrderPlaced", version, schema }];
  writeFileSync(file, JSON.stringify({ events }));
  return file;
}

/** The exit code of a change. */
async function codeOf(before: unknown, after: unknown, ...options: string[]): Promise<number> {
  return (await check(catalogue(before), catalogue(after), ...options)).exitCode;
}

const open = { type: "object", properties: { a: { type: "string" } } };
const openMore = { type: "object", properties: { a: { type: "string" }, b: { type: "string" } } };
const closed = { ...open, additionalProperties: false };
const closedMore = { ...openMore, additionalProperties: false };
const valued = (...values: string[]): object => ({ type: "object", properties: { a: { enum: values } } });
const pattern = (text: string): object => ({
  type: "object",
  properties: { a: { type: "string", pattern: text } },
});

test("each event is told with what became of it, and why, path by path", async () => {
  const { exitCode, out, err } = await check(BEFORE, AFTER);
  expect({ exitCode, err }).toEqual({ exitCode: 1, err: "" });
  expect(out).toBe(`order.service OrderPlaced 1   incompatible
  /lines/*/quantity  minimum
    must be at least 1 for the new schema; the old one allows others
    breaks old events at new consumers: such as 0

order.service OrderPlaced 2   new
order.service OrderShipped 1  removed
  Whoever takes it will wait for it in vain.

Not compatible (full): 2 of 3 events.
`);
});

test("what did not change is compatible, and exit code 0", async () => {
  const { exitCode, out } = await check(BEFORE, BEFORE);
  expect(exitCode).toBe(0);
  expect(out).toBe(`order.service OrderPlaced 1   unchanged
order.service OrderShipped 1  unchanged

Compatible (full): 2 events.
`);
});

describe("what a mode asks for", () => {
  test.each([
    ["an optional property more, in an open object", open, openMore, { full: 0, backward: 0, forward: 0 }],
    ["an optional property less, in an open object", openMore, open, { full: 0, backward: 0, forward: 0 }],
    [
      "one more, in a closed object: old consumers refuse it",
      closed,
      closedMore,
      { full: 1, backward: 0, forward: 1 },
    ],
    [
      "one less, in a closed object: new consumers refuse it",
      closedMore,
      closed,
      { full: 1, backward: 1, forward: 0 },
    ],
    ["required now", open, { ...open, required: ["a"] }, { full: 1, backward: 1, forward: 0 }],
    ["no longer required", { ...open, required: ["a"] }, open, { full: 1, backward: 0, forward: 1 }],
    [
      "one required less, in an open object",
      { ...open, required: ["a"] },
      { type: "object", properties: { b: {} } },
      { full: 1, backward: 0, forward: 1 },
    ],
    ["a value more", valued("x"), valued("x", "y"), { full: 1, backward: 0, forward: 1 }],
    ["a value less", valued("x", "y"), valued("x"), { full: 1, backward: 1, forward: 0 }],
    ["another description", open, { ...open, description: "A" }, { full: 0, backward: 0, forward: 0 }],
  ])("%s", async (_, before, after, expected) => {
    const found = {
      full: await codeOf(before, after),
      backward: await codeOf(before, after, "--mode", "backward"),
      forward: await codeOf(before, after, "--mode", "forward"),
    };
    expect(found).toEqual(expected);
  });
});

test("--strict counts what may come beside the properties that are named", async () => {
  expect(await codeOf(open, openMore)).toBe(0);
  expect(await codeOf(open, openMore, "--strict")).toBe(1);
});

test("what cannot be told counts as incompatible, unless it is allowed", async () => {
  const [before, after] = [pattern("^[A-Z]{3}$"), pattern("^[A-Z]{3,4}$")];
  const ran = await check(catalogue(before), catalogue(after), "--mode", "backward");
  expect(ran.exitCode).toBe(1);
  expect(ran.out).toContain("cannot tell\n  /a  pattern\n");
  expect(ran.out).toContain("may break old events at new consumers: cannot tell");
  expect(await codeOf(before, after, "--mode", "backward", "--allow-unknown")).toBe(0);
  expect(await codeOf(open, { ...open, required: ["a"] }, "--allow-unknown")).toBe(1);
});

test("an event may go where that is allowed", async () => {
  const args = [catalogue(open), catalogue(open, 2)];
  expect((await check(...args)).exitCode).toBe(1);
  expect((await check(...args, "--allow-removed")).exitCode).toBe(0);
});

test("a new version beside the old one breaks nobody, whatever it says", async () => {
  const file = join(folder, "both.json");
  const event = { source: "order.service", type: "OrderPlaced" };
  const events = [
    { ...event, version: 2, schema: false },
    { ...event, version: 1, schema: open },
  ];
  writeFileSync(file, JSON.stringify({ events }));
  const { exitCode, out } = await check(catalogue(open), file);
  expect(exitCode).toBe(0);
  expect(out).toMatch(/OrderPlaced 1 {2}unchanged\n.*OrderPlaced 2 {2}new\n/);
});

test("a Standard Schema is compared by the JSON Schema that it can be written as", async () => {
  const { exitCode, out } = await check("test/cli/events/standard.mjs", "test/cli/events/standard-after.mjs");
  expect(exitCode).toBe(1);
  expect(out).toContain("/a  type");
  expect(out).toContain("is no JSON Schema, and cannot be written as one.");
});

test("--json is for programs: findings with path, keyword, direction, verdict and the value that proves it", async () => {
  const { exitCode, out } = await check(BEFORE, AFTER, "--json");
  expect(exitCode).toBe(1);
  const report = JSON.parse(out);
  expect(report).toMatchObject({ compatible: false, mode: "full" });
  expect(report.events.map((event: { status: string }) => event.status)).toEqual([
    "incompatible",
    "added",
    "removed",
  ]);
  expect(report.events[0].findings).toEqual([
    {
      path: "/lines/*/quantity",
      keyword: "minimum",
      message: "must be at least 1 for the new schema; the old one allows others",
      breaks: "backward",
      verdict: "incompatible",
      example: 0,
      event: { orderId: "o-1", lines: [{ sku: "a", quantity: 0 }], email: "ann@example.com" },
    },
  ]);
});

test("colours are for terminals", async () => {
  const { out } = await runCommand(checkEvents, [BEFORE, AFTER], { hasColour: true });
  expect(out).toContain("\u001b[31mincompatible\u001b[0m");
  expect((await check(BEFORE, AFTER)).out).not.toContain("\u001b");
});

test.each([
  [[], "Which two?"],
  [[BEFORE], "Which two?"],
  [[BEFORE, AFTER, AFTER], "Which two?"],
  [[BEFORE, AFTER, "--mode", "sideways"], "--mode is one of backward, forward, full."],
  [[BEFORE, AFTER, "--nothing"], "--nothing"],
  [["test/cli/events/none.ts", AFTER], "There is no file test/cli/events/none.ts."],
  [["test/cli/events/empty.ts", AFTER], "exports no event definition"],
  [["test/cli/events/broken.ts", AFTER], "could not be loaded: no environment"],
  [["test/cli/events/twice.ts", AFTER], "defines order.service OrderPlaced 1 twice"],
  [["package.json", AFTER], "package.json is no catalogue of events"],
])(
  "%j is refused with how it is used, and exit code 2: never the one of a change that breaks",
  async (args, message) => {
    const { exitCode, out, err } = await check(...args);
    expect({ exitCode, out }).toEqual({ exitCode: 2, out: "" });
    expect(err).toContain("Usage: holdfast check-events <old> <new>");
    expect(err).toContain(message);
  },
);

test("a catalogue that is not JSON is refused", async () => {
  const file = join(folder, "cut.json");
  writeFileSync(file, '{"events": [');
  const { exitCode, err } = await check(file, AFTER);
  expect(exitCode).toBe(2);
  expect(err).toContain("is not JSON");
});
