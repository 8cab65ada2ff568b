/** What holdfast compile-events writes is what defineEvent makes at the first check: the same text, judged the same. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import fc from "fast-check";
import { defineEvent, type EventDefinition, type JsonSchema } from "holdfast/events";
import { type CompiledValidators, defineEvent as defineCompiled } from "holdfast/events/compiled";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { compiledModule } from "../../../src/cli/compile-events/compiled-module.ts";
import { entries } from "../../../tools/entries.ts";

vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), "holdfast-compiled-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Everything that a validator can need of holdfast, in every draft. */
const schemas: Readonly<Record<string, JsonSchema>> = {
  helpers: {
    type: "object",
    required: ["constructor"],
    properties: {
      name: { type: "string", minLength: 2, maxLength: 4, pattern: "^(a+)+$" },
      at: { type: "string", format: "date-time" },
      one: { enum: [{ a: 1 }, "x", 'require("ajv/dist/runtime/equal").default'] },
      list: { type: "array", uniqueItems: true, items: { $ref: "#/$defs/item" } },
    },
    $defs: { item: { type: ["integer", "object"], properties: { inner: { $ref: "#/$defs/item" } } } },
    additionalProperties: {
      description: 'function validate20(data, {instancePath=""}){ vErrors.concat(x.errors)',
    },
  },
  draft07: {
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "object",
    definitions: { a: { type: "string" } },
    properties: {
      a: { $ref: "#/definitions/a" },
      b: { type: "array", items: [{ type: "string" }], additionalItems: false, minItems: 1 },
    },
    dependencies: { a: ["b"] },
  },
  draft201909: {
    $schema: "https://json-schema.org/draft/2019-09/schema",
    $id: "https://example.com/tree.json",
    $recursiveAnchor: true,
    type: "object",
    properties: { a: { type: "string" }, next: { $recursiveRef: "#" } },
    unevaluatedProperties: false,
  },
  draft202012: {
    $id: "https://example.com/list.json",
    $dynamicAnchor: "node",
    type: "object",
    properties: {
      a: { const: "\u2028" },
      next: { $dynamicRef: "#node" },
      list: { type: "array", prefixItems: [{ type: "number" }], items: false, minItems: 1 },
    },
    unevaluatedProperties: false,
  },
};

const options = (name: string) => ({
  source: "test",
  type: name,
  version: 1,
  schema: schemas[name] ?? false,
});
let compiled: CompiledValidators;
beforeAll(async () => {
  const definitions = Object.keys(schemas).map((name) => options(name));
  const { files } = await compiledModule({ file: "events.ts", name: "events", definitions }, ["esm", "cjs"]);
  for (const { name, text } of files) writeFileSync(join(folder, name), text);
  compiled = (await import(pathToFileURL(join(folder, "events.mjs")).href)).default;
});

const names = fc.constantFrom(
  "a",
  "b",
  "name",
  "at",
  "one",
  "list",
  "next",
  "inner",
  "constructor",
  "__proto__",
);
const { json } = fc.letrec<{ json: unknown }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<unknown>(
      null,
      true,
      1,
      1.5,
      "a",
      "aa",
      "aaaaa",
      "x",
      "\u2028",
      { a: 1 },
      "2026-01-01T00:00:00Z",
    ),
    fc.array(tie("json"), { maxLength: 3 }),
    fc.dictionary(names, tie("json"), { maxKeys: 3 }),
  ),
}));

test.each(Object.keys(schemas))("both judge the same, problem by problem: %s", async (name) => {
  const here = defineEvent(options(name));
  const before = defineCompiled({ ...options(name), validators: compiled });
  let wrong = 0;
  await fc.assert(
    fc.asyncProperty(fc.dictionary(names, json, { maxKeys: 4 }), async (detail) => {
      const found = await here.check(detail);
      if (!found.ok) wrong += 1;
      expect(await before.check(detail)).toEqual(found);
    }),
    { numRuns: 300 },
  );
  expect(wrong).toBeGreaterThan(0);
});

test("strings of a schema are never taken for code", async () => {
  const event: EventDefinition<unknown> = defineCompiled({ ...options("helpers"), validators: compiled });
  const one = 'require("ajv/dist/runtime/equal").default';
  expect(await event.check({ constructor: 1, one })).toMatchObject({ ok: true });
  expect(await event.check({ constructor: 1, one: "tools.equal" })).toMatchObject({ ok: false });
});

describe.each(["esm", "cjs"] as const)("bundled as %s", (format) => {
  const program = `
    import { defineEvent } from "holdfast/events/compiled";
    import validators from "./events.${format === "esm" ? "mjs" : "cjs"}";
    const event = defineEvent({ ...${JSON.stringify(options("helpers"))}, validators });
    event.check({ name: "b" }).then((found) => console.log(JSON.stringify(found)));
  `;

  test("nothing of ajv and no require is in it, and it runs alone", async () => {
    const { outputFiles, metafile } = await build({
      stdin: { contents: program, resolveDir: folder },
      bundle: true,
      write: false,
      format,
      platform: "node",
      target: "node22",
      metafile: true,
      tsconfigRaw: {},
      alias: {
        "holdfast/events/compiled": fileURLToPath(
          new URL(`../../../${entries["./events/compiled"]}`, import.meta.url),
        ),
      },
    });
    const text = outputFiles[0]?.text ?? "";
    expect(Object.keys(metafile.inputs).filter((path) => path.includes("node_modules"))).toEqual([]);
    expect(metafile.outputs["<stdout>"]?.imports ?? []).toEqual([]);
    // The one that is there is a value in the schema.
    expect(text).not.toMatch(/\brequire\((?!\\?"ajv\/dist\/runtime\/equal)/);
    const file = join(folder, `bundle-${format}.${format === "esm" ? "mjs" : "cjs"}`);
    writeFileSync(file, text);
    const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(
      JSON.parse(stdout)
        .problems.map(({ rule }: { rule: string }) => rule)
        .sort(),
    ).toEqual(["minLength", "pattern", "required"]);
  });
});
