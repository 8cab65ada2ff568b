import { IdempotencyStoreError } from "../errors.ts";
import type { IdempotencyStore } from "../store.ts";

/** What people need of a store. */
export type AdminStore = Pick<IdempotencyStore, "name" | "hint" | "read" | "settle">;

/** The store did not answer someone who looks, or who writes: nothing is delivered again because of it. */
export function readFailed(store: AdminStore, cause: unknown): IdempotencyStoreError {
  const hint = (error: unknown) => store.hint?.(error) ?? "Look again; see the cause.";
  return new IdempotencyStoreError({ name: store.name, hint }, "read", cause);
}

/** A write without an answer may have been made. */
export function writeFailed(
  store: AdminStore,
  step: "settle" | "delete",
  cause: unknown,
): IdempotencyStoreError {
  const hint = (error: unknown) =>
    `${store.hint?.(error) ?? "See the cause."} It may have been done all the same: look again.`;
  return new IdempotencyStoreError({ name: store.name, hint }, step, cause);
}
