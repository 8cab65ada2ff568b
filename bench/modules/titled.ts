import type { Title } from "../row.ts";

/** Titles of one module's rows that share a unit. */
export function titled(module: string, unit: string): (name: string, target?: number) => Title {
  return (name, target) => ({ module, name, unit, ...(target === undefined ? {} : { target }) });
}
