import { InvalidOptionError } from "./errors.ts";

/**
 * Refuses what is no options object, and options that do not exist: a misspelt one would be ignored in silence.
 * Types say the same, to those who have them.
 */
export function checkOptions(where: string, options: unknown, known: readonly string[]): void {
  if (options === undefined) return;
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    const came = options === null ? "null" : Array.isArray(options) ? "a list" : `a ${typeof options}`;
    throw new InvalidOptionError(where, `it takes an object, { ${known.join(", ")} }, not ${came}`);
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) {
      throw new InvalidOptionError(where, `there is no option "${name}"; there is ${known.join(", ")}`);
    }
  }
}

/** The same where something must be given. */
export function checkRequiredOptions(where: string, options: unknown, known: readonly string[]): void {
  if (options === undefined) {
    throw new InvalidOptionError(where, `it takes an object, { ${known.join(", ")} }, and none was given`);
  }
  checkOptions(where, options, known);
}
