import type { ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "./io.ts";

/** Options, and the files that are named beside them. */
export function parseFiles<T extends ParseArgsConfig>(
  config: T,
): { readonly values: ReturnType<typeof parseArgs<T>>["values"]; readonly files: readonly string[] } {
  try {
    const { values, positionals } = process
      .getBuiltinModule("node:util")
      .parseArgs({ ...config, allowPositionals: true });
    return { values: values as ReturnType<typeof parseArgs<T>>["values"], files: positionals };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
