import { hasCode } from "../../core/errors.ts";
import { type Command, withUsage } from "../dispatch.ts";
import { EXIT, UsageError } from "../io.ts";
import { printable } from "../printable.ts";
import { type CompiledModule, compiledModule, type Format } from "./compiled-module.ts";
import { loadDefinitions } from "./load-definitions.ts";
import { staleFiles, writeFiles } from "./output-files.ts";

const usage = `Usage: holdfast compile-events <module…> --out <dir> [options]

Writes validators for the events that a module exports, so that a function starts without ajv. The module's definitions
take them from there: see "Cold starts" in docs/events.md.

  <module…>            files that Node.js can load, TypeScript with erasable types too. Each becomes a file of its name
  --out DIR            where they go
  --format FORMAT      esm (NAME.mjs, the default), cjs (NAME.cjs) or both
  --check              writes nothing: says which files are not as they would be written
  --json               for programs

Exit codes: 0 written, 1 a module or a schema is not usable, 2 the command line is wrong, 3 a module exports no event,
4 with --check, a file is missing or old.`;

const FORMATS: Readonly<Record<string, readonly Format[]>> = {
  esm: ["esm"],
  cjs: ["cjs"],
  both: ["esm", "cjs"],
};

export const compileEvents: Command = withUsage(usage, async (args, io) => {
  const { parseArgs } = process.getBuiltinModule("node:util");
  const { values, positionals } = orUsageError(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        out: { type: "string" },
        format: { type: "string", default: "esm" },
        check: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
      },
    }),
  );
  const formats = Object.hasOwn(FORMATS, values.format) ? FORMATS[values.format] : undefined;
  if (formats === undefined) throw new UsageError("--format is esm, cjs or both.");
  if (values.out === undefined) throw new UsageError("Where to? Give --out.");
  if (positionals.length === 0) throw new UsageError("Which modules? Name one at least.");

  const { resolve } = process.getBuiltinModule("node:path");
  const out = resolve(io.cwd, values.out);
  let made: readonly CompiledModule[];
  try {
    const modules = await loadDefinitions(positionals, io.cwd, out);
    const empty = modules.find(({ definitions }) => definitions.length === 0);
    if (empty !== undefined) {
      io.err(`${empty.file} exports no event definition.`);
      return EXIT.notFound;
    }
    made = await Promise.all(modules.map((module) => compiledModule(module, formats)));
  } catch (error) {
    // A definition's options are wrong, not the command's.
    if (!hasCode(error, "INVALID_OPTION")) throw error;
    io.err(printable((error as Error).message));
    return EXIT.failed;
  }
  const files = made.flatMap((module) => module.files);
  const stale = staleFiles(out, files);
  if (!values.check) writeFiles(out, files);
  const changed = stale.map(({ name }) => name);
  if (values.json) {
    io.out(JSON.stringify({ out: values.out, modules: made.map(({ report }) => report), changed }, null, 2));
  } else {
    for (const { says } of made) io.out(says);
    for (const name of changed) io.out(`${values.check ? "is not up to date" : "written"}: ${name}`);
  }
  return values.check && changed.length > 0 ? EXIT.changed : EXIT.done;
});

function orUsageError<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
