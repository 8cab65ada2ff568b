import type { AdminStore } from "../../idempotency/admin/admin-store.ts";
import type { ResultKeeper } from "../../idempotency/results/keeper.ts";
import { UsageError } from "../io.ts";
import type { OpenedStore } from "./open-store.ts";

/** The store that a module of the user's exports, and beside it how results are kept. */
export async function openModule(file: string, cwd: string): Promise<OpenedStore> {
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
  const { results } = exported;
  if (results !== undefined && !isKeeper(results)) {
    throw new UsageError(`--store: the \`results\` of ${file} must be made by resultKeeper(…).`);
  }
  return { store, results };
}

function isKeeper(value: unknown): value is ResultKeeper {
  const { keep, text } = Object(value) as Partial<Record<keyof ResultKeeper, unknown>>;
  return typeof keep === "function" && typeof text === "function";
}

function isStore(value: unknown): value is AdminStore {
  const { name, read, settle } = Object(value) as Partial<Record<keyof AdminStore, unknown>>;
  return typeof name === "string" && typeof read === "function" && typeof settle === "function";
}
