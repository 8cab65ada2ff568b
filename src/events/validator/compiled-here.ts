import type { JsonSchema } from "../json-schema.ts";
import { type CompileOptions, compileSchema, type ValidatorText } from "./compile-schema.ts";
import type { CompiledValidator } from "./format.ts";
import { type Validate, validateWith } from "./validate.ts";

/** Loads ajv, compiles a schema and takes the very text that `holdfast compile-events` would write. */
export async function compiledHere(
  where: string,
  schema: JsonSchema,
  options: CompileOptions = {},
): Promise<Validate> {
  return validateWith(evaluated(await compileSchema(where, schema, options)), schema);
}

/** A validator's text as what a compiled file holds of it. */
export function evaluated({ body, ...rest }: ValidatorText): CompiledValidator {
  // ajv makes code of schemas in the same way: there is no validator without it.
  const make = new Function("tools", `"use strict";${body}`) as CompiledValidator["make"];
  return { ...rest, make };
}
