import type { default as Ajv, Options } from "ajv";
import { HoldfastError, InvalidOptionError } from "../core/errors.ts";

export type Draft = "draft-07" | "2019-09" | "2020-12";

type AjvClass = new (options: Options) => Ajv;

/** One entry of ajv a draft; a bundler finds them here, and nothing is loaded before a first check. */
const entries: Readonly<Record<Draft, () => Promise<{ readonly default: AjvClass }>>> = {
  "draft-07": () => import("ajv"),
  "2019-09": () => import("ajv/dist/2019.js"),
  "2020-12": () => import("ajv/dist/2020.js"),
};

/** The draft that a schema's `$schema` names; without one the newest. */
export function draftOf(where: string, $schema: unknown): Draft {
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

/**
 * Loads ajv for a draft, which costs some 50 ms once.
 *
 * @throws HoldfastError `PEER_MISSING` when ajv is not installed.
 */
export async function loadAjv(
  draft: Draft,
  load: () => Promise<{ readonly default: AjvClass }> = entries[draft],
): Promise<AjvClass> {
  try {
    return (await load()).default;
  } catch (cause) {
    throw new HoldfastError(
      "PEER_MISSING",
      "Checking an event against its schema needs ajv, which could not be loaded. Install it beside holdfast: npm install ajv@8",
      { cause },
    );
  }
}
