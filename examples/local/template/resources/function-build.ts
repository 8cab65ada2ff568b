/**
 * How `sam build` makes a function's bundle, and which file it starts from.
 *
 * Source: SAM Developer Guide, 'Building Node.js Lambda functions with esbuild'. Without EntryPoints the
 * handler's own path is the entry point; without an extension, .ts is tried before .js.
 */
import { existsSync, statSync } from "node:fs";
import { basename, extname, resolve } from "node:path";
import { object, optional, required } from "../object-shape.ts";
import { flag, list, oneOf, text } from "../shapes.ts";
import type { LambdaFunction } from "../stack.ts";
import { placeWithin } from "../syntax.ts";
import type { ResourceContext } from "./kind.ts";

const metadataShape = object(
  {
    BuildMethod: required(oneOf("esbuild")),
    BuildProperties: optional(
      object(
        {
          EntryPoints: optional(list(text(), { least: 1, most: 1 })),
          External: optional(list(text())),
          Format: optional(oneOf("cjs", "esm")),
          MainFields: optional(text()),
          Minify: optional(flag()),
          OutExtension: optional(list(oneOf(".js=.mjs", ".js=.js"), { least: 1, most: 1 })),
          Sourcemap: optional(flag()),
          SourcesContent: optional(oneOf("true", "false")),
          Target: optional(text()),
        },
        { name: "esbuild's BuildProperties" },
      ),
    ),
  },
  { name: "a function's Metadata" },
);

interface FunctionBuild {
  readonly entryPoint: string;
  readonly exportName: string;
  readonly options: LambdaFunction["build"];
}

export function readBuild(
  codeUri: string,
  handler: string,
  context: ResourceContext,
): FunctionBuild | undefined {
  const { metadata, problems, place } = context;
  if (metadata === undefined) {
    problems.report(
      place,
      "Metadata with BuildMethod: esbuild is missing; only such functions are built here",
    );
    return undefined;
  }
  const read = metadataShape.read(metadata, problems);
  if (read === undefined) return undefined;
  const build = read.BuildProperties;
  const format = build?.Format ?? "cjs";
  if (format === "esm" && build?.OutExtension?.[0] !== ".js=.mjs") {
    problems.report(
      placeWithin(metadata, "BuildProperties", "Format"),
      "Lambda takes a .js file for CommonJS; add OutExtension: [.js=.mjs]",
    );
  }
  const dot = handler.lastIndexOf(".");
  const handlerPath = handler.slice(0, dot);
  const written = build?.EntryPoints?.[0];
  const entryPoint = sourceFile(resolve(context.templateFolder, codeUri, written ?? handlerPath));
  const entryPlace =
    written === undefined
      ? context.at("Handler")
      : placeWithin(metadata, "BuildProperties", "EntryPoints", 0);
  if (entryPoint === undefined) {
    problems.report(
      entryPlace,
      `there is no file ${written ?? `${handlerPath}.ts or .js`} in ${codeUri}; correct the path, which counts from CodeUri`,
    );
    return undefined;
  }
  const output = basename(entryPoint, extname(entryPoint));
  if (basename(handlerPath) !== output) {
    problems.report(
      context.at("Handler"),
      `the bundle's file is ${output}.${format === "esm" ? "mjs" : "js"}; write Handler: ${output}.${handler.slice(dot + 1)}`,
    );
    return undefined;
  }
  return {
    entryPoint,
    exportName: handler.slice(dot + 1),
    options: {
      minify: build?.Minify ?? true,
      sourcemap: build?.Sourcemap ?? false,
      format,
      target: build?.Target ?? "es2020",
      external: build?.External ?? [],
      mainFields: (build?.MainFields ?? "main,module").split(",").map((field) => field.trim()),
    },
  };
}

function sourceFile(path: string): string | undefined {
  const candidates = extname(path) === "" ? [`${path}.ts`, `${path}.js`] : [path];
  return candidates.find((candidate) => existsSync(candidate) && statSync(candidate).isFile());
}
