import type { default as Ajv, Options } from "ajv";
import { HoldfastError } from "../../core/errors.ts";
import type { Draft } from "../draft.ts";

export type AjvClass = new (options: Options) => Ajv;

/** One entry of ajv a draft; a bundler finds them here, and nothing is loaded before a first check. */
const entries: Readonly<Record<Draft, () => Promise<{ readonly default: AjvClass }>>> = {
  "draft-07": () => import("ajv"),
  "2019-09": () => import("ajv/dist/2019.js"),
  "2020-12": () => import("ajv/dist/2020.js"),
};

export type StandaloneCode = typeof import("ajv/dist/standalone/index.js").default;

/** What is used of ajv. */
export interface AjvParts {
  readonly Ajv: AjvClass;
  readonly standaloneCode: StandaloneCode;
  /** Makes code of a template. */
  readonly code: typeof import("ajv")._;
}

/**
 * Loads ajv for a draft, which costs some 50 ms once.
 *
 * @throws HoldfastError `PEER_MISSING` when ajv is not installed.
 */
export async function loadAjv(
  draft: Draft,
  load: () => Promise<{ readonly default: AjvClass }> = entries[draft],
): Promise<AjvParts> {
  try {
    const [{ default: Ajv }, standalone, { _: code }] = await Promise.all([
      load(),
      import("ajv/dist/standalone/index.js"),
      import("ajv/dist/compile/codegen/index.js"),
    ]);
    return { Ajv, standaloneCode: callable(standalone.default), code };
  } catch (cause) {
    throw new HoldfastError(
      "PEER_MISSING",
      "Checking an event against its schema needs ajv, which could not be loaded. Install it beside holdfast: npm install ajv@8",
      { cause },
    );
  }
}

/** A CommonJS module's default is its exports for some, and one step deeper for others. */
function callable(standalone: StandaloneCode | { readonly default: StandaloneCode }): StandaloneCode {
  return typeof standalone === "function" ? standalone : standalone.default;
}
