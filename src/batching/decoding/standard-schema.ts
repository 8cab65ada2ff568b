import { BodyInvalidError } from "../errors.ts";

/** A schema of any library that follows Standard Schema 1 (standardschema.dev): Zod, Valibot, ArkType, or `jsonSchema` of `holdfast/events`. */
export interface StandardSchema<T> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult<T> | Promise<StandardResult<T>>;
    readonly types?: { readonly input: unknown; readonly output: T } | undefined;
  };
}

export type StandardResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

export interface StandardIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/**
 * What a schema makes of a value.
 *
 * @throws BodyInvalidError (`BODY_INVALID`) with the places of the first problems; not with the schema's own messages,
 * some of which quote the value.
 */
export function checked<T>(schema: StandardSchema<T>, value: unknown, what: string): T | Promise<T> {
  const result = schema["~standard"].validate(value);
  return result instanceof Promise ? result.then((one) => outputOf(one, what)) : outputOf(result, what);
}

const MOST_PLACES = 5;

function outputOf<T>(result: StandardResult<T>, what: string): T {
  if (result.issues === undefined) return result.value;
  const places = result.issues.map(({ path = [] }) => path.map(nameOf).join(".") || "itself");
  throw new BodyInvalidError(
    `${what} that its schema accepts (see ${[...new Set(places)].slice(0, MOST_PLACES).join(", ")})`,
  );
}

function nameOf(part: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof part === "object" ? part.key : part);
}

/** Whether a value is such a schema, as far as its outside tells. */
export function isStandardSchema(value: unknown): value is StandardSchema<unknown> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const { "~standard": standard }: { readonly "~standard"?: unknown } = value;
  return typeof (standard as { readonly validate?: unknown } | null | undefined)?.validate === "function";
}
