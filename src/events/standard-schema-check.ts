import { isStandardSchema } from "../batching/decoding/standard-schema.ts";
import { MAX_PROBLEMS, type Problem, pointer, problem } from "./check-result.ts";

/** A schema of any library that follows Standard Schema 1 (standardschema.dev). */
export interface AnyStandardSchema {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    // Libraries give it more or fewer parameters, and results of their own.
    readonly validate: (value: unknown) => unknown;
    readonly types?: { readonly input: unknown; readonly output: unknown } | undefined;
  };
}

export function isAnyStandardSchema(value: unknown): value is AnyStandardSchema {
  return isStandardSchema(value);
}

/**
 * What such a schema finds wrong with a JSON value.
 *
 * What it would make of the value (defaults, transformations) is not taken: an event is what is sent. Its messages are not
 * shown, for some quote the value; the rule is what the library calls it ("invalid_type"), where it says so.
 */
export async function standardProblems(
  schema: AnyStandardSchema,
  value: unknown,
): Promise<readonly Problem[]> {
  const { vendor, validate } = schema["~standard"];
  let result: unknown;
  try {
    result = await validate(value);
  } catch {
    return [problem("", "schema", `could not be checked: its schema (${vendor}) threw`)];
  }
  const { issues } = Object(result) as { readonly issues?: unknown };
  if (issues === undefined && typeof result === "object" && result !== null) return [];
  const listed: readonly unknown[] = Array.isArray(issues) && issues.length > 0 ? issues : [{}];
  return listed.slice(0, MAX_PROBLEMS).map((issue) => problemOf(issue, vendor));
}

function problemOf(issue: unknown, vendor: string): Problem {
  const { path, code, type } = Object(issue) as Readonly<Record<"path" | "code" | "type", unknown>>;
  const steps: readonly unknown[] = Array.isArray(path) ? path : [];
  const rule = [code, type].find(isName) ?? "schema";
  return problem(steps.reduce(stepInto, ""), rule, `is refused by its schema (${vendor})`);
}

function stepInto(path: string, step: unknown): string {
  const key: unknown = typeof step === "object" && step !== null && "key" in step ? step.key : step;
  return pointer(path, typeof key === "number" ? key : String(key));
}

/** A rule's name, and nothing that could be a value. */
function isName(value: unknown): value is string {
  return typeof value === "string" && /^[a-z][a-z_.-]{0,63}$/i.test(value);
}
