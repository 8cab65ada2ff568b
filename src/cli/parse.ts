import type { ParseArgsConfig, parseArgs } from "node:util";
import { UsageError } from "./io.ts";

/** `parseArgs` of Node.js, whose complaints are the user's to read. */
export function parse<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>>["values"] {
  try {
    return process.getBuiltinModule("node:util").parseArgs(config).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
