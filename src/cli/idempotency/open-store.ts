import type { AdminStore } from "../../idempotency/admin/admin-store.ts";
import type { ResultKeeper } from "../../idempotency/results/keeper.ts";
import { type Io, UsageError } from "../io.ts";

export const storeOptions = {
  store: { type: "string" },
  table: { type: "string" },
  region: { type: "string" },
  endpoint: { type: "string" },
  "partition-key": { type: "string" },
  "sort-key": { type: "string" },
  "key-prefix": { type: "string" },
} as const;

export type StoreOptions = { readonly [name in keyof typeof storeOptions]?: string | undefined };

export const storeUsage = `  Where the records are:
  --store FILE         a module of yours that exports \`store\`, or the store as its default: any store;
                       and \`results\`, where they are encrypted
  --table NAME         or a DynamoDB table, with the credentials of your environment
    --region R         default: your environment's
    --endpoint URL     another than AWS's
    --partition-key N  default: id
    --sort-key N=V     name and value, where the table has one
    --key-prefix P     in front of every identifier`;

/** A store, and how the results of its records are kept, where the user's module says it. */
export interface OpenedStore {
  readonly store: AdminStore;
  readonly results?: ResultKeeper | undefined;
}

/** Opens the store that the options name. Tests give another. */
export type OpenStore = (options: StoreOptions, io: Io) => Promise<OpenedStore>;

export const openStore: OpenStore = async (options, io) => {
  const { store, table } = options;
  if (store !== undefined) {
    const other = Object.keys(options).find((name) => name !== "store" && Object.hasOwn(storeOptions, name));
    if (other !== undefined) throw new UsageError(`--store says all: leave out --${other}.`);
    return (await import("./open-module.ts")).openModule(store, io.cwd);
  }
  if (table === undefined) throw new UsageError("Where are the records? Give --store or --table.");
  return { store: (await import("./open-dynamodb.ts")).openDynamoDB({ ...options, table }, io.cwd) };
};
