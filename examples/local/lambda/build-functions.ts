import { basename, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildFailure, build, formatMessages, type Plugin } from "esbuild";
import { alias } from "../../../tools/entries.ts";
import type { LambdaFunction } from "../template/stack.ts";
import type { Bundle } from "./lambda-variables.ts";

/** A function that esbuild cannot build; the message holds esbuild's own, with file and line. */
export class BuildError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "BuildError";
  }
}

/**
 * Builds every function from the template's own esbuild options into `<outputDir>/<function name>/`, one file
 * each, all at once; and the bootstrap that runs them. `holdfast` is taken from its sources.
 *
 * @throws BuildError naming every function that could not be built.
 */
export async function buildFunctions(
  functions: readonly LambdaFunction[],
  outputDir: string,
): Promise<{ readonly bundles: ReadonlyMap<string, Bundle>; readonly bootstrap: string }> {
  const bootstrap = join(outputDir, "bootstrap.mjs");
  const built = await Promise.allSettled([
    build({
      entryPoints: [fileURLToPath(new URL("./bootstrap.ts", import.meta.url))],
      outfile: bootstrap,
      platform: "node",
      format: "esm",
      logLevel: "silent",
    }),
    ...functions.map((fn) => buildFunction(fn, outputDir)),
  ]);
  const problems = built.flatMap((result) =>
    result.status === "rejected" ? [messageOf(result.reason)] : [],
  );
  if (problems.length > 0) throw new BuildError(problems.join("\n"));
  return {
    bundles: new Map(functions.map((fn) => [fn.arn, bundleOf(fn, outputDir)])),
    bootstrap,
  };
}

function bundleOf(fn: LambdaFunction, outputDir: string): Bundle {
  const file = basename(fn.entryPoint, extname(fn.entryPoint));
  return { taskRoot: join(outputDir, fn.name), handler: `${file}.${fn.exportName}` };
}

async function buildFunction(fn: LambdaFunction, outputDir: string): Promise<void> {
  const { taskRoot, handler } = bundleOf(fn, outputDir);
  const file = handler.slice(0, -(fn.exportName.length + 1));
  try {
    await build({
      entryPoints: [fn.entryPoint],
      // The ending decides the format, whatever package.json lies above the output.
      outfile: join(taskRoot, `${file}.${fn.build.format === "esm" ? "mjs" : "cjs"}`),
      bundle: true,
      platform: "node",
      format: fn.build.format,
      // esbuild's command line, and so the template, separates targets by commas.
      target: fn.build.target.split(","),
      minify: fn.build.minify,
      sourcemap: fn.build.sourcemap,
      external: [...fn.build.external],
      ...(fn.build.mainFields.length === 0 ? {} : { mainFields: [...fn.build.mainFields] }),
      plugins: [holdfastFromSource],
      logLevel: "silent",
    });
  } catch (error) {
    const messages = isBuildFailure(error)
      ? await formatMessages(error.errors, { kind: "error", color: false })
      : [messageOf(error)];
    throw new BuildError(
      `function ${fn.logicalId} (${fn.entryPoint}) cannot be built:\n${messages.join("\n")}`,
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function isBuildFailure(error: unknown): error is BuildFailure {
  return error instanceof Error && "errors" in error && Array.isArray(error.errors);
}

/** Bundles the SDK from this repository's sources, so that nothing needs building first. */
const holdfastFromSource: Plugin = {
  name: "holdfast-from-source",
  setup(building) {
    building.onResolve({ filter: /^holdfast(\/|$)/ }, ({ path }) => {
      const entry = alias.find(({ find }) => find.test(path));
      return entry === undefined
        ? {
            errors: [{ text: `holdfast has no entry "${path}"; its entries are listed in tools/entries.ts` }],
          }
        : { path: entry.replacement };
    });
  },
};
