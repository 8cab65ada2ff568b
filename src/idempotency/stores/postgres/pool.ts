import { InvalidOptionError } from "../../../core/errors.ts";
import type { PostgresPool } from "./client.ts";

export function checkPool(where: string, pool: PostgresPool): void {
  if (typeof pool?.connect === "function") return;
  throw new InvalidOptionError(where, "pool must be a new pg.Pool(…), or have connect() as it has");
}
