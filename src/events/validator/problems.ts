import { MAX_PROBLEMS, type Problem, pointer, problem } from "../check-result.ts";
import type { ValidatorError } from "./format.ts";

/** The parameter in which an error names the member it is about, when that is below `instancePath`. */
export const MEMBER_PARAMETERS: readonly string[] = [
  "missingProperty",
  "additionalProperty",
  "unevaluatedProperty",
  "propertyName",
];

/** Where the path names the member, ajv's own message would name it again. */
const MESSAGES: Readonly<Record<string, string>> = {
  required: "is required",
  additionalProperties: "is not allowed",
  unevaluatedProperties: "is not allowed",
};

/** ajv's errors as problems. Its messages quote the schema, never the value; `hidden` says what of a path may be told. */
export function problemsOf(
  errors: readonly ValidatorError[],
  hidden: (path: string) => string | undefined,
): readonly Problem[] {
  return errors.slice(0, MAX_PROBLEMS).map((error) => toProblem(error, hidden));
}

function toProblem(error: ValidatorError, hidden: (path: string) => string | undefined): Problem {
  const name = MEMBER_PARAMETERS.map((param) => error.params?.[param]).find(
    (param) => typeof param === "string",
  );
  const path = name === undefined ? error.instancePath : pointer(error.instancePath, name);
  const part = hidden(path);
  if (part !== undefined) return problem(part, error.keyword, "is refused, and marked as sensitive");
  return problem(
    path,
    error.keyword,
    MESSAGES[error.keyword] ?? error.message ?? `must satisfy "${error.keyword}"`,
  );
}
