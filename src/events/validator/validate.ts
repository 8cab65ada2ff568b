import { CheckLimitError } from "../check-limit.ts";
import { type Problem, problem } from "../check-result.ts";
import type { JsonSchema } from "../json-schema.ts";
import { sensitiveParts } from "../sensitive.ts";
import type { CompiledValidator } from "./format.ts";
import { problemsOf } from "./problems.ts";
import { workbench } from "./tools.ts";

/** Finds what is wrong with a JSON value; an empty list is a right one. */
export type Validate = (value: unknown) => readonly Problem[];

/** A compiled validator as a function. What it needs is put together when it is first called. */
export function validateWith(compiled: CompiledValidator, schema: JsonSchema): Validate {
  const { tools, begin } = workbench(compiled.patterns);
  const validate = compiled.make(tools);
  const hidden = sensitiveParts(schema);
  return (value) => {
    begin();
    try {
      return validate(value) ? [] : problemsOf(validate.errors ?? [], hidden);
    } catch (error) {
      if (error instanceof CheckLimitError) return [problem("", error.rule, error.message)];
      if (!(error instanceof RangeError)) throw error;
      // A schema that refers to itself recurses as deep as the value does, and the stack has an end.
      return [problem("", "depth", "is nested too deep to be checked")];
    }
  };
}
