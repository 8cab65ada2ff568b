import type { CodeKeywordDefinition, Options } from "ajv";
import { InvalidOptionError } from "../../core/errors.ts";
import { draftOf } from "../draft.ts";
import { formats } from "../formats.ts";
import type { JsonSchema } from "../json-schema.ts";
import type { Automaton } from "../patterns/automaton.ts";
import { automatonFor } from "../patterns/judge.ts";
import { SENSITIVE } from "../sensitive.ts";
import { uniqueJson } from "./equal-json.ts";
import { fingerprint } from "./fingerprint.ts";
import type { CompiledValidator } from "./format.ts";
import { type AjvParts, loadAjv } from "./load-ajv.ts";
import { rewritten } from "./rewrite.ts";

/** A validator as text: the body of a function of `tools`, and what goes with it. */
export interface ValidatorText extends Omit<CompiledValidator, "make"> {
  readonly body: string;
}

export interface CompileOptions {
  /** Refuses keywords and formats that do not exist, and what ajv would ignore. Default: true. */
  readonly isStrict?: boolean;
}

/**
 * Loads ajv and makes a validator's text of a schema.
 *
 * @throws InvalidOptionError naming the place when the schema is not usable; HoldfastError `PEER_MISSING` without ajv.
 */
export async function compileSchema(
  where: string,
  schema: JsonSchema,
  options: CompileOptions = {},
): Promise<ValidatorText> {
  const parts = await loadAjv(draftOf(where, schema));
  // What is compiled is what the fingerprint is of, whatever getters say later.
  const text = JSON.stringify(schema);
  const patterns = Object.create(null) as Record<string, Automaton>;
  try {
    const ajv = new parts.Ajv(ajvOptions(parts, patterns, options));
    ajv.addKeyword(SENSITIVE).removeKeyword("uniqueItems").addKeyword(uniqueItems(parts));
    // It follows anchors, and does not know their keyword.
    if (ajv.getKeyword("$anchor") === false) ajv.addKeyword("$anchor");
    const validate = ajv.compile(JSON.parse(text));
    return { schema: fingerprint(text), patterns, body: rewritten(parts.standaloneCode(ajv, validate)) };
  } catch (error) {
    const why = error instanceof Error ? error.message : "unknown error";
    throw new InvalidOptionError(where, `its schema is not usable: ${why.slice(0, MOST_OF_MESSAGE)}`);
  }
}

/** Messages of ajv can quote a schema whole. */
const MOST_OF_MESSAGE = 500;

/**
 * `ownProperties`: `required: ["constructor"]` must not be met by what every object inherits.
 * `strict`, of types too: the type that is inferred from `properties` is an object's, and must be what is checked.
 * `strictRequired` off: `anyOf: [{ required: ["a"] }, { required: ["b"] }]` is good JSON Schema.
 * No `loadSchema`: a `$ref` to another document is an error, never a request.
 */
function ajvOptions(
  { code }: AjvParts,
  patterns: Record<string, Automaton>,
  { isStrict = true }: CompileOptions,
): Options {
  function matched(pattern: string, flags: string) {
    const automaton = automatonFor(pattern, flags);
    if (automaton !== undefined) patterns[pattern] = automaton;
    // Only its text is used: ajv tells patterns apart by it.
    return new RegExp(pattern, flags);
  }
  return {
    allErrors: true,
    strict: isStrict,
    strictRequired: false,
    allowUnionTypes: true,
    ownProperties: true,
    logger: false,
    formats: { ...formats },
    validateFormats: true,
    code: {
      source: true,
      formats: code`tools.formats`,
      regExp: Object.assign(matched, { code: "tools.pattern" }),
    },
  };
}

/** In ajv's own the time grows with the square of the items, and "__proto__" is never found twice. */
function uniqueItems({ code }: AjvParts): CodeKeywordDefinition {
  return {
    keyword: "uniqueItems",
    type: "array",
    schemaType: "boolean",
    error: { message: "must NOT have duplicate items" },
    code(cxt) {
      if (cxt.schema !== true) return;
      const unique = cxt.gen.scopeValue("func", { ref: uniqueJson, code: code`tools.unique` });
      cxt.pass(code`${unique}(${cxt.data})`);
    },
  };
}
