import { VALIDATOR_FORMAT } from "../../events/validator/format.ts";
import { UsageError } from "../io.ts";

/** Endings that TypeScript lets one write for a file that is not built yet. */
const SOURCES = [
  [/\.js$/, ".ts"],
  [/\.mjs$/, ".mts"],
  [/\.cjs$/, ".cts"],
  [/$/, ".ts"],
  [/$/, "/index.ts"],
] as const;

/**
 * While it is in force, modules in the folder of compiled files are empty ones, and TypeScript's ways of naming files work.
 *
 * The definitions import the very file that is made from them.
 */
export function withoutCompiledFiles(folder: string): { deregister(): void } {
  const { registerHooks } = process.getBuiltinModule("node:module");
  const { fileURLToPath } = process.getBuiltinModule("node:url");
  const { dirname } = process.getBuiltinModule("node:path");
  if (registerHooks === undefined) throw new UsageError("compile-events needs Node.js 22.15 or newer.");

  const targetOf = (specifier: string, parent: string | undefined): URL | undefined =>
    /^\.\.?\//.test(specifier) && parent !== undefined && URL.canParse(specifier, parent)
      ? new URL(specifier, parent)
      : undefined;
  const isCompiled = (url: string): boolean =>
    /\.[mc]js$/.test(url) && url.startsWith("file:") && dirname(fileURLToPath(url)) === folder;

  return registerHooks({
    resolve(specifier, context, next) {
      const target = targetOf(specifier, context.parentURL);
      if (target !== undefined && isCompiled(target.href)) {
        const format = target.href.endsWith(".cjs") ? "commonjs" : "module";
        return { url: target.href, format, shortCircuit: true };
      }
      try {
        return next(specifier, context);
      } catch (error) {
        if (target === undefined) throw error;
        const source = sourceOf(target);
        if (source === undefined) throw error;
        return next(source, context);
      }
    },
    load(url, context, next) {
      if (!isCompiled(url)) return next(url, context);
      const uncompiled = `{ format: ${VALIDATOR_FORMAT} }`;
      return url.endsWith(".cjs")
        ? { format: "commonjs", source: `module.exports = ${uncompiled};`, shortCircuit: true }
        : { format: "module", source: `export default ${uncompiled};`, shortCircuit: true };
    },
  });
}

function sourceOf(target: URL): string | undefined {
  const { existsSync } = process.getBuiltinModule("node:fs");
  return SOURCES.filter(([ending]) => ending.test(target.href))
    .map(([ending, source]) => target.href.replace(ending, source))
    .find((url) => existsSync(new URL(url)));
}
