import type { ErrorObject, Options } from "ajv";
import { InvalidOptionError } from "../core/errors.ts";
import { MAX_PROBLEMS, type Problem, pointer, problem } from "./check-result.ts";
import { formats } from "./formats.ts";
import type { JsonSchema } from "./json-schema.ts";
import { draftOf, loadAjv } from "./load-ajv.ts";

/** Finds what is wrong with a JSON value; an empty list is a right one. */
export type Validate = (value: unknown) => readonly Problem[];

/**
 * `ownProperties`: `required: ["constructor"]` must not be met by what every object inherits.
 * `strictRequired` off: `anyOf: [{ required: ["a"] }, { required: ["b"] }]` is good JSON Schema.
 * No `loadSchema`: a `$ref` to another document is an error, never a request.
 */
const options: Options = {
  allErrors: true,
  strict: true,
  strictRequired: false,
  allowUnionTypes: true,
  ownProperties: true,
  logger: false,
  formats: { ...formats },
};

/**
 * Loads ajv and compiles a schema.
 *
 * @throws InvalidOptionError naming the place when ajv refuses the schema.
 */
export async function compileSchema(where: string, schema: JsonSchema): Promise<Validate> {
  const Ajv = await loadAjv(draftOf(where, typeof schema === "object" ? schema.$schema : undefined));
  let validate: ReturnType<InstanceType<typeof Ajv>["compile"]>;
  try {
    validate = new Ajv(options).compile(schema);
  } catch (error) {
    throw new InvalidOptionError(
      where,
      `its schema is not usable: ${error instanceof Error ? error.message : "unknown error"}`,
    );
  }
  return (value) => {
    try {
      return validate(value) ? [] : (validate.errors ?? []).slice(0, MAX_PROBLEMS).map(toProblem);
    } catch {
      // A schema that refers to itself recurses as deep as the value does, and the stack has an end.
      return [problem("", "depth", "is nested too deep to be checked")];
    }
  };
}

/** The parameter in which an error names the member it is about, when that is below `instancePath`. */
const MEMBER = ["missingProperty", "additionalProperty", "unevaluatedProperty", "propertyName"] as const;

/** Where the path names the member, ajv's own message would name it again. */
const MESSAGES: Readonly<Record<string, string>> = {
  required: "is required",
  additionalProperties: "is not allowed",
  unevaluatedProperties: "is not allowed",
};

/** ajv's messages quote the schema, never the value. */
function toProblem(error: ErrorObject): Problem {
  const name = MEMBER.map((param) => error.params[param]).find((param) => typeof param === "string");
  const path = name === undefined ? error.instancePath : pointer(error.instancePath, name);
  return problem(
    path,
    error.keyword,
    MESSAGES[error.keyword] ?? error.message ?? `must satisfy "${error.keyword}"`,
  );
}
