import { InvalidOptionError } from "../core/errors.ts";

/** A name goes into errors, facts and lines of a log: short, and all of it printable. */
export function checkName(where: string, name: unknown): void {
  if (typeof name === "string" && /^[\x20-\x7e]{1,100}$/.test(name)) return;
  throw new InvalidOptionError(where, "name must be 1 to 100 ASCII characters");
}
