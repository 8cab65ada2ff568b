import { InvalidOptionError } from "../../core/errors.ts";

/** @throws InvalidOptionError `INVALID_OPTION` for a name that could not be told in a key, a log, a command. */
export function checkCircuitName(where: string, name: unknown): void {
  if (typeof name !== "string" || !/^[\x20-\x7e]{1,100}$/.test(name)) {
    throw new InvalidOptionError(where, "name must be 1 to 100 ASCII characters");
  }
}

/** @throws InvalidOptionError `INVALID_OPTION` for what has not all of a store's methods. */
export function checkCircuitStore(where: string, store: unknown): void {
  for (const method of ["read", "replace", "count"]) {
    if (typeof (store as Record<string, unknown> | null | undefined)?.[method] !== "function") {
      throw new InvalidOptionError(where, "store must be one such as dynamoDBCircuitStore(…)");
    }
  }
}
