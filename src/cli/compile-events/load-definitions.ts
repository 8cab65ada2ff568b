import type { EventSchema } from "../../events/definition.ts";
import { UsageError } from "../io.ts";
import { withoutCompiledFiles } from "./module-hooks.ts";

/** What is needed of an event definition. */
export interface Definition {
  readonly source: string;
  readonly type: string;
  readonly version: number;
  readonly schema: EventSchema;
}

export interface DefinitionModule {
  /** As it was named. */
  readonly file: string;
  /** Of the files that are written for it. */
  readonly name: string;
  readonly definitions: readonly Definition[];
}

/** Loads modules of the user's, before what they import of `out` has been written, or whatever is written there. */
export async function loadDefinitions(
  files: readonly string[],
  cwd: string,
  out: string,
): Promise<readonly DefinitionModule[]> {
  const { basename, extname, resolve } = process.getBuiltinModule("node:path");
  const { existsSync } = process.getBuiltinModule("node:fs");
  const { pathToFileURL } = process.getBuiltinModule("node:url");
  const named = files.map((file) => {
    const path = resolve(cwd, file);
    if (!existsSync(path)) throw new UsageError(`There is no file ${file}.`);
    return {
      file: file.replaceAll("\\", "/"),
      url: pathToFileURL(path).href,
      name: basename(path, extname(path)),
    };
  });
  const twice = named.find(({ name }, at) => named.findIndex((other) => other.name === name) < at);
  if (twice !== undefined)
    throw new UsageError(`Two modules are named ${twice.name}: compile them into two folders.`);
  const hooks = withoutCompiledFiles(out);
  try {
    const modules: DefinitionModule[] = [];
    for (const { file, name, url } of named) {
      const exported = (await import(url)) as Readonly<Record<string, unknown>>;
      modules.push({ file, name, definitions: [...new Set(Object.values(exported))].flatMap(definitionsIn) });
    }
    return modules;
  } finally {
    hooks.deregister();
  }
}

/** A definition; or those in what a CommonJS module has as its default. */
function definitionsIn(value: unknown, _: number, all: readonly unknown[]): readonly Definition[] {
  if (isDefinition(value)) return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).filter((one) => isDefinition(one) && !all.includes(one)) as Definition[];
}

function isDefinition(value: unknown): value is Definition {
  const { source, type, version, schema, of, check } = Object(value) as Readonly<Record<string, unknown>>;
  return (
    typeof source === "string" &&
    typeof type === "string" &&
    typeof version === "number" &&
    schema !== undefined &&
    typeof of === "function" &&
    typeof check === "function"
  );
}
