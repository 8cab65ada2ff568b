/**
 * The official tests of JSON Schema. Every case is judged by a validator made at the first check and by the same one as
 * holdfast compile-events writes it, in ESM and CJS: the three agree, problem by problem, and with the suite in all
 * but `exceptions.ts`. ajv alone is never better, but where it is by a decision of holdfast's.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type Ajv from "ajv";
import { defineEvent, type JsonSchema } from "holdfast/events";
import type { CompiledValidators } from "holdfast/events/compiled";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { moduleText } from "../../../src/cli/compile-events/compiled-module.ts";
import { checkSchemaForm } from "../../../src/events/schema-form.ts";
import { compileSchema, type ValidatorText } from "../../../src/events/validator/compile-schema.ts";
import { compiledHere, evaluated } from "../../../src/events/validator/compiled-here.ts";
import { type Validate, validateWith } from "../../../src/events/validator/validate.ts";
import { DECISIONS, exceptions, type Reason } from "./exceptions.ts";
import { DRAFTS, groupsOf, remotesOf, type SuiteDraft, type SuiteGroup } from "./suite.ts";

const folder = process.env["HOLDFAST_TEST_JSON_SCHEMA_SUITE"] ?? "";
const scratch = mkdtempSync(join(tmpdir(), "holdfast-json-schema-suite-"));
afterAll(() => rmSync(scratch, { recursive: true }));
const require = createRequire(import.meta.url);

/** What judges one group: undefined where the schema is refused. */
interface Judges {
  readonly here: Validate | undefined;
  readonly esm: Validate | undefined;
  readonly cjs: Validate | undefined;
  readonly ajv: ((value: unknown) => boolean | undefined) | undefined;
}

describe.each(Object.keys(DRAFTS) as SuiteDraft[])("%s", (draft) => {
  const groupsAsGiven = groupsOf(folder, draft);
  const groups = groupsAsGiven.map((group) => ({ ...group, schema: inDraft(group.schema, draft) }));
  const judges = new Map<SuiteGroup, Judges>();

  beforeAll(async () => {
    const texts = new Map<string, ValidatorText>();
    const made: (Validate | undefined)[] = [];
    for (const [index, { schema }] of groups.entries()) {
      try {
        checkSchemaForm("suite", schema);
        const text = await compileSchema("suite", schema, { isStrict: false });
        texts.set(JSON.stringify([index]), text);
        made.push(validateWith(evaluated(text), schema));
      } catch (error) {
        expect(error).toMatchObject({ code: "INVALID_OPTION" });
        made.push(undefined);
      }
    }
    const text = moduleText(draft, texts);
    writeFileSync(join(scratch, `${draft}.mjs`), `${text}export default compiled;`);
    writeFileSync(join(scratch, `${draft}.cjs`), `"use strict";${text}module.exports = compiled;`);
    const esm: CompiledValidators = (await import(pathToFileURL(join(scratch, `${draft}.mjs`)).href)).default;
    const cjs: CompiledValidators = require(join(scratch, `${draft}.cjs`));
    const ajv = ajvFor(draft);
    groups.forEach((group, index) => {
      const of = ({ validators }: CompiledValidators): Validate | undefined => {
        const compiled = validators[JSON.stringify([index])];
        return compiled === undefined ? undefined : validateWith(compiled, group.schema);
      };
      judges.set(group, {
        here: made[index],
        esm: of(esm),
        cjs: of(cjs),
        ajv: ajv(groupsAsGiven[index]?.schema ?? false),
      });
    });
  }, 120_000);

  const files = [...new Set(groups.map(({ file }) => file))];
  test("the suite is there", () => expect(files.length).toBeGreaterThan(40));

  describe.each(files)("%s", (file) => {
    const own = groups.filter((group) => group.file === file);

    test("first check, ESM and CJS find the same problems", () => {
      for (const group of own) {
        const { here, esm, cjs } = judges.get(group) ?? {};
        for (const { data, description } of group.tests) {
          const found = here?.(data);
          expect(esm?.(data), description).toEqual(found);
          expect(cjs?.(data), description).toEqual(found);
        }
      }
    });

    test("the verdicts are the suite's, but for the exceptions; and no better by ajv alone", () => {
      const wrong: string[] = [];
      for (const group of own) {
        const { here, ajv } = judges.get(group) ?? {};
        for (const { data, description, valid } of group.tests) {
          if (here !== undefined && (here(data).length === 0) === valid) continue;
          const name = `${file} | ${group.description} | ${description}`;
          wrong.push(name);
          const reason = reasonOf(name);
          if (reason !== undefined && !DECISIONS.includes(reason)) expect(ajv?.(data), name).not.toBe(valid);
        }
      }
      expect(wrong).toEqual(
        exceptions
          .flatMap(({ cases }) => cases.filter((name) => name.startsWith(`${file} |`)))
          .sort(inOrderOf(wrong)),
      );
    });

    test("as it is shipped, strict, a schema is refused or judged the same", async () => {
      for (const group of own) {
        const strict = await validatorOf(group.schema);
        if (strict === undefined) continue;
        for (const { data, description } of group.tests) {
          expect(strict(data), `${group.description} ${description}`).toEqual(
            judges.get(group)?.here?.(data),
          );
        }
      }
    });
  });
});

test("every exception has a file in the suite", () => {
  const known = new Set(
    (Object.keys(DRAFTS) as SuiteDraft[]).flatMap((draft) => groupsOf(folder, draft)).map(({ file }) => file),
  );
  const files = exceptions.flatMap(({ cases }) => cases.map((name) => name.split(" | ")[0] ?? ""));
  expect(files.filter((file) => !known.has(file))).toEqual([]);
});

function inDraft(schema: JsonSchema, draft: SuiteDraft): JsonSchema {
  return typeof schema === "boolean" || "$schema" in schema
    ? schema
    : { $schema: DRAFTS[draft].$schema, ...schema };
}

/** ajv by itself, as it is without options but for those that make it take the suite's schemas, and their other documents. */
function ajvFor(
  draft: SuiteDraft,
): (schema: JsonSchema) => ((value: unknown) => boolean | undefined) | undefined {
  const Class: typeof Ajv = require(DRAFTS[draft].entry).default;
  const remotes = remotesOf(folder, draft);
  return (schema) => {
    try {
      const ajv = new Class({ strict: false, logger: false });
      for (const [url, remote] of /"\$(?:ref|dynamicRef|schema)":/.test(JSON.stringify(schema))
        ? remotes
        : []) {
        try {
          ajv.addSchema(remote, url);
        } catch {
          // Of another draft.
        }
      }
      const validate = ajv.compile(schema);
      return (value) => {
        try {
          return validate(value) === true;
        } catch {
          return undefined;
        }
      };
    } catch {
      return undefined;
    }
  };
}

async function validatorOf(schema: JsonSchema): Promise<Validate | undefined> {
  try {
    defineEvent({ source: "suite", type: "Suite", version: 1, schema });
    return await compiledHere("suite", schema);
  } catch (error) {
    expect(error).toMatchObject({ code: "INVALID_OPTION" });
    return undefined;
  }
}

function reasonOf(name: string): Reason | undefined {
  return exceptions.find(({ cases }) => cases.includes(name))?.reason;
}

/** Both lists in one order, so that a difference is what is missing. */
function inOrderOf(list: readonly string[]): (one: string, other: string) => number {
  const at = (name: string): number => (list.includes(name) ? list.indexOf(name) : list.length);
  return (one, other) => at(one) - at(other);
}
