import { type AwsClient, commandTransport } from "../aws/command-transport.ts";
import type { AwsTransport } from "../aws/transport.ts";
import { UsageError } from "./io.ts";

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

/** Where the user's DynamoDB is. */
export interface DynamoDBOptions {
  readonly region?: string | undefined;
  readonly endpoint?: string | undefined;
}

/** DynamoDB, through the AWS client of the user's project. `otherwise` says what to do where there is none. */
export function userDynamoDB(
  { region, endpoint }: DynamoDBOptions,
  cwd: string,
  otherwise?: string,
): AwsTransport {
  const aws = clientPackage(cwd, otherwise);
  const client = new aws.DynamoDBClient({
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
  });
  return commandTransport("dynamoDBTransport", client, {
    GetItem: aws.GetItemCommand,
    UpdateItem: aws.UpdateItemCommand,
    DeleteItem: aws.DeleteItemCommand,
  });
}

/** Looked for from the project first, then from where this program is: `npx -p holdfast -p @aws-sdk/client-dynamodb`. */
function clientPackage(cwd: string, otherwise: string | undefined): DynamoDBPackage {
  const { createRequire } = process.getBuiltinModule("node:module");
  const { join } = process.getBuiltinModule("node:path");
  const require = createRequire(join(cwd, "package.json"));
  let path: string;
  try {
    path = require.resolve(PACKAGE, { paths: [cwd, process.argv[1] ?? cwd] });
  } catch {
    const missing = `--table needs AWS's client, and this project has none: npm install --save-dev ${PACKAGE}`;
    throw new UsageError(otherwise === undefined ? missing : `${missing}\n${otherwise}`);
  }
  return require(path) as DynamoDBPackage;
}
