import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { compileEvents } from "../../../src/cli/compile-events/index.ts";
import { runCommand } from "../fake-io.ts";

// Each test starts processes.
vi.setConfig({ testTimeout: 60_000 });

const root = fileURLToPath(new URL("../../../", import.meta.url));
const fixtures = fileURLToPath(new URL("./modules/", import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), "holdfast-compile-events-"));
afterAll(() => rmSync(scratch, { recursive: true }));

/** The program, in a process of its own: it changes how modules are loaded. */
function holdfast(...args: readonly string[]) {
  return node(join(root, "src/cli/main.ts"), "compile-events", ...args);
}

function node(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ["--import", join(root, "tools/from-source.ts"), ...args],
    { cwd: scratch, encoding: "utf8", env: { ...process.env, NODE_OPTIONS: "" } },
  );
  return { status, stdout, stderr };
}

/** What a program of one expression prints, which may import the modules. */
function evaluated(kind: "module" | "commonjs", program: string) {
  const { stdout, stderr } = node(`--input-type=${kind}`, "--eval", program);
  expect(stderr).toBe("");
  return JSON.parse(stdout);
}

beforeEach(() => {
  for (const name of readdirSync(scratch)) rmSync(join(scratch, name), { recursive: true });
  cpSync(fixtures, scratch, { recursive: true });
});

const check = (detail: string) => `
  const { orderPlaced } = await import("./events.ts");
  console.log(JSON.stringify(await orderPlaced.check(${detail})));
`;

describe("from nothing", () => {
  test("it writes what the module imports, and the module's definitions check with it", () => {
    const { status, stdout, stderr } = holdfast("events.ts", "--out", "compiled");
    expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
    expect(stdout).toContain("events.ts: 2 validators; 1 with a schema that needs none");
    expect(readdirSync(join(scratch, "compiled")).sort()).toEqual(["events.d.mts", "events.mjs"]);
    expect(evaluated("module", check('{ orderId: "o-1", note: "aaa" }'))).toMatchObject({ ok: true });
    expect(evaluated("module", check('{ orderId: 1, note: "a".repeat(100_000) + "!" }'))).toMatchObject({
      ok: false,
      problems: [
        { path: "/orderId", rule: "type" },
        { path: "/note", rule: "pattern" },
      ],
    });
  });

  test("ajv is not loaded to check with it", () => {
    holdfast("events.ts", "--out", "compiled");
    const program = `${check("{}")}
      const { Module } = await import("node:module");
      console.log = () => {};
      if (Object.keys(Module._cache).some((path) => path.includes("ajv"))) throw new Error("ajv was loaded");
    `;
    evaluated("module", program);
  });

  test("as CommonJS it is the same", () => {
    expect(holdfast("plain.cjs", "--out", "compiled", "--format", "both").status).toBe(0);
    expect(readdirSync(join(scratch, "compiled")).sort()).toEqual([
      "plain.cjs",
      "plain.d.cts",
      "plain.d.mts",
      "plain.mjs",
    ]);
    const program = `require("./plain.cjs").noted.check({ n: 0 }).then((found) => console.log(JSON.stringify(found)))`;
    expect(evaluated("commonjs", program)).toMatchObject({ problems: [{ path: "/n", rule: "minimum" }] });
  });
});

test("what a module imports is found as TypeScript finds it: by .js, and without an ending", () => {
  expect(holdfast("relative.ts", "--out", "compiled")).toMatchObject({ status: 0, stderr: "" });
});

describe("a schema that was changed since", () => {
  beforeEach(() => {
    holdfast("events.ts", "--out", "compiled");
    const changed = readFileSync(join(scratch, "events.ts"), "utf8").replace('"^o-"', '"^o-[0-9]"');
    writeFileSync(join(scratch, "events.ts"), changed);
  });

  test("is refused when the module is loaded, with what to do", () => {
    const { status, stderr } = node("--input-type=module", "--eval", check("{}"));
    expect(status).not.toBe(0);
    expect(stderr).toContain("were compiled from another schema");
    expect(stderr).toContain("EVENT_VALIDATOR_STALE");
  });

  test("does not hinder the compiler, which then writes what has changed and no more", () => {
    const types = statSync(join(scratch, "compiled/events.d.mts")).mtimeMs;
    const { status, stdout } = holdfast("events.ts", "--out", "compiled", "--json");
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      modules: [
        {
          module: "events.ts",
          events: [
            { type: "OrderPlaced", version: 1 },
            { type: "Noted", version: 3 },
          ],
        },
      ],
      changed: ["events.mjs"],
    });
    expect(statSync(join(scratch, "compiled/events.d.mts")).mtimeMs).toBe(types);
    expect(evaluated("module", check('{ orderId: "o-x" }'))).toMatchObject({ ok: false });
  });

  test("is found by --check, which writes nothing", () => {
    const before = readFileSync(join(scratch, "compiled/events.mjs"), "utf8");
    expect(holdfast("events.ts", "--out", "compiled", "--check")).toMatchObject({
      status: 4,
      stdout: expect.stringContaining("is not up to date: events.mjs"),
    });
    expect(readFileSync(join(scratch, "compiled/events.mjs"), "utf8")).toBe(before);
    holdfast("events.ts", "--out", "compiled");
    expect(holdfast("events.ts", "--out", "compiled", "--check").status).toBe(0);
  });
});

test("a file that is of another event, or no compiled file, is refused", () => {
  holdfast("events.ts", "--out", "compiled");
  const program = (validators: string) => `
    import { defineEvent } from "holdfast/events/compiled";
    import compiled from "./compiled/events.mjs";
    try { defineEvent({ source: "a", type: "b", version: 1, schema: true, validators: ${validators} }); }
    catch ({ code, message }) { console.log(JSON.stringify({ code, message })); }
  `;
  expect(evaluated("module", program("compiled"))).toMatchObject({
    code: "EVENT_VALIDATOR_STALE",
    message: expect.stringContaining("have none for this event and version"),
  });
  expect(evaluated("module", program("{ ...compiled, format: 999 }"))).toMatchObject({
    message: expect.stringContaining("another version of holdfast"),
  });
  expect(evaluated("module", program("undefined"))).toMatchObject({ code: "INVALID_OPTION" });
});

describe("a wrong command line is told", () => {
  test.each<[string, readonly string[], string]>([
    ["without a module", ["--out", "compiled"], "Which modules?"],
    ["without a folder", ["events.ts"], "Where to?"],
    [
      "with a format that does not exist",
      ["events.ts", "--out", "compiled", "--format", "amd"],
      "esm, cjs or both",
    ],
    ["with an option that does not exist", ["events.ts", "--outs", "compiled"], "--outs"],
    ["with a file that does not exist", ["none.ts", "--out", "compiled"], "no file none.ts"],
    [
      "with two modules of one name",
      ["package.json", "./package.json", "--out", "compiled"],
      "named package",
    ],
  ])("%s", async (_, args, says) => {
    const ran = await runCommand(compileEvents, args);
    expect(ran.exitCode).toBe(2);
    expect(ran.err).toContain("Usage: holdfast compile-events");
    expect(ran.err).toContain(says);
  });
});

describe("nothing is written", () => {
  test.each<[string, readonly string[], number, string]>([
    ["for a module without events", ["events.ts", "schema.ts"], 3, "schema.ts exports no event"],
    ["for a schema that is not usable", ["events.ts", "broken.ts"], 1, "propertys"],
    ["for two schemas of one event", ["twice.ts"], 1, "Count the version up"],
    ["for a module that throws", ["throws.ts"], 1, "not today"],
  ])("%s", (_, modules, status, says) => {
    const ran = holdfast(...modules, "--out", "compiled");
    expect(ran.status).toBe(status);
    expect(ran.stderr).toContain(says);
    expect(ran.stderr).not.toContain("Usage");
    expect(existsSync(join(scratch, "compiled"))).toBe(false);
  });
});
