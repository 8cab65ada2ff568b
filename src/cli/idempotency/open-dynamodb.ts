import { type AwsClient, commandTransport } from "../../aws/command-transport.ts";
import type { AdminStore } from "../../idempotency/admin/admin-store.ts";
import { dynamoDBStore } from "../../idempotency/stores/dynamodb/index.ts";
import { UsageError } from "../io.ts";
import type { StoreOptions } from "./open-store.ts";

const PACKAGE = "@aws-sdk/client-dynamodb";

type CommandClass = new (input: never) => object;

/** What is used of the package, which is the user's: this one has no dependency on it. */
interface DynamoDBPackage {
  readonly DynamoDBClient: new (config: {
    readonly region?: string | undefined;
    readonly endpoint?: string | undefined;
  }) => AwsClient;
  readonly GetItemCommand: CommandClass;
  readonly UpdateItemCommand: CommandClass;
  readonly DeleteItemCommand: CommandClass;
}

/** The records of a DynamoDB table, through the AWS client of the user's project. */
export function openDynamoDB(options: StoreOptions & { readonly table: string }, cwd: string): AdminStore {
  const { table, region, endpoint, "partition-key": partitionKey, "key-prefix": keyPrefix } = options;
  const sortKey = sortKeyFrom(options["sort-key"]);
  const aws = clientPackage(cwd);
  const client = new aws.DynamoDBClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  const transport = commandTransport("dynamoDBTransport", client, {
    GetItem: aws.GetItemCommand,
    UpdateItem: aws.UpdateItemCommand,
    DeleteItem: aws.DeleteItemCommand,
  });
  return dynamoDBStore({
    transport,
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

/** Looked for from the project first, then from where this program is: `npx -p holdfast -p @aws-sdk/client-dynamodb`. */
function clientPackage(cwd: string): DynamoDBPackage {
  const { createRequire } = process.getBuiltinModule("node:module");
  const { join } = process.getBuiltinModule("node:path");
  const require = createRequire(join(cwd, "package.json"));
  let path: string;
  try {
    path = require.resolve(PACKAGE, { paths: [cwd, process.argv[1] ?? cwd] });
  } catch {
    throw new UsageError(
      `--table needs AWS's client, and this project has none: npm install --save-dev ${PACKAGE}\n` +
        "For a record in PostgreSQL or Redis, use --store.",
    );
  }
  return require(path) as DynamoDBPackage;
}
