import { InvalidOptionError } from "../../core/errors.ts";

/** @throws InvalidOptionError `INVALID_OPTION` for what has not all of a store's methods. */
export function checkCircuitStore(where: string, store: unknown): void {
  for (const method of ["read", "replace", "count"]) {
    if (typeof (store as Record<string, unknown> | null | undefined)?.[method] !== "function") {
      throw new InvalidOptionError(where, "store must be one such as dynamoDBCircuitStore(…)");
    }
  }
}
