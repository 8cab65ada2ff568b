import type { AdminStore } from "../../idempotency/admin/admin-store.ts";
import { dynamoDBStore } from "../../idempotency/stores/dynamodb/index.ts";
import { UsageError } from "../io.ts";
import { userDynamoDB } from "../user-dynamodb.ts";
import type { StoreOptions } from "./open-store.ts";

/** The records of a DynamoDB table, through the AWS client of the user's project. */
export function openDynamoDB(options: StoreOptions & { readonly table: string }, cwd: string): AdminStore {
  const { table, "partition-key": partitionKey, "key-prefix": keyPrefix } = options;
  const sortKey = sortKeyFrom(options["sort-key"]);
  return dynamoDBStore({
    transport: userDynamoDB(options, cwd, "For a record in PostgreSQL or Redis, use --store."),
    tableName: table,
    ...(partitionKey === undefined ? {} : { partitionKey }),
    ...(keyPrefix === undefined ? {} : { keyPrefix }),
    ...(sortKey === undefined ? {} : { sortKey }),
  });
}

function sortKeyFrom(
  text: string | undefined,
): { readonly name: string; readonly value: string } | undefined {
  if (text === undefined) return undefined;
  const at = text.indexOf("=");
  if (at < 1) throw new UsageError("A --sort-key is a name and a value: --sort-key sk=IDEMPOTENCY.");
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}
