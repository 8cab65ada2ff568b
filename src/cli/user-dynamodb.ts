import { type AwsClient, commandTransport } from "../aws/command-transport.ts";
import type { AwsTransport } from "../aws/transport.ts";
import { type CommandClass, userPackage } from "./user-package.ts";

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
  const aws = userPackage<DynamoDBPackage>("@aws-sdk/client-dynamodb", "--table", cwd, otherwise);
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
