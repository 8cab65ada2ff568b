import type { AdminStore } from "../../idempotency/admin/admin-store.ts";
import { UsageError } from "../io.ts";

/** The store that a module of the user's exports. */
export async function openModule(file: string, cwd: string): Promise<AdminStore> {
  const { resolve } = process.getBuiltinModule("node:path");
  const { existsSync } = process.getBuiltinModule("node:fs");
  const { pathToFileURL } = process.getBuiltinModule("node:url");
  const path = resolve(cwd, file);
  if (!existsSync(path)) throw new UsageError(`--store: there is no file ${file}.`);
  const exported = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
  const store = [exported["store"], exported["default"]].find(isStore);
  if (store === undefined) {
    throw new UsageError(
      `--store: ${file} must export an idempotency store as \`store\`, or as its default.`,
    );
  }
  return store;
}

function isStore(value: unknown): value is AdminStore {
  const { name, read, settle } = Object(value) as Partial<Record<keyof AdminStore, unknown>>;
  return typeof name === "string" && typeof read === "function" && typeof settle === "function";
}
