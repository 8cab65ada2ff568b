import { InvalidOptionError } from "../core/errors.ts";

export type Draft = "draft-07" | "2019-09" | "2020-12";

/** The draft that a schema's `$schema` names; without one the newest. */
export function draftOf(where: string, schema: unknown): Draft {
  const $schema =
    typeof schema === "object" && schema !== null && "$schema" in schema ? schema.$schema : undefined;
  if ($schema === undefined) return "2020-12";
  const name =
    typeof $schema === "string"
      ? $schema.replace(/^https?:\/\/json-schema\.org\//, "").replace(/#$/, "")
      : "";
  if (name === "draft-07/schema") return "draft-07";
  if (name === "draft/2019-09/schema") return "2019-09";
  if (name === "draft/2020-12/schema") return "2020-12";
  throw new InvalidOptionError(
    where,
    'its $schema must name draft-07, 2019-09 or 2020-12, as in "https://json-schema.org/draft/2020-12/schema"',
  );
}
