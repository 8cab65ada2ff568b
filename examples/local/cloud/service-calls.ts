import {
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { PublishCommand, SNSClient } from "@aws-sdk/client-sns";
import { SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import { localCredentials } from "../credentials.ts";
import type { Running } from "../services.ts";
import type { ServiceCall } from "../step-functions/ports.ts";

/** Calls other services over their wire APIs, as Step Functions' integrations do. */
export interface ServiceCalls extends Running {
  readonly call: ServiceCall;
}

export function startServiceCalls(options: {
  readonly dynamodb: DynamoDBClient;
  readonly sqs: SQSClient;
  readonly eventbridgeEndpoint: string;
  readonly snsEndpoint: string;
  readonly region: string;
}): ServiceCalls {
  const { dynamodb, sqs, region, snsEndpoint } = options;
  const credentials = localCredentials;
  const events = new EventBridgeClient({ endpoint: options.eventbridgeEndpoint, region, credentials });
  const sns = new SNSClient({ endpoint: snsEndpoint, region, credentials });
  // The parameters are a state's own; what is wrong in them the service says.
  const commands: Readonly<Record<string, (parameters: never) => Promise<object>>> = {
    "dynamodb:getItem": (parameters) => dynamodb.send(new GetItemCommand(parameters)),
    "dynamodb:putItem": (parameters) => dynamodb.send(new PutItemCommand(parameters)),
    "dynamodb:updateItem": (parameters) => dynamodb.send(new UpdateItemCommand(parameters)),
    "dynamodb:deleteItem": (parameters) => dynamodb.send(new DeleteItemCommand(parameters)),
    "sqs:sendMessage": (parameters) => sqs.send(new SendMessageCommand(parameters)),
    "events:putEvents": (parameters) => events.send(new PutEventsCommand(parameters)),
    "sns:publish": (parameters) => sns.send(new PublishCommand(parameters)),
  };
  return {
    async call(service, action, parameters) {
      const command = commands[`${service}:${action}`];
      if (command === undefined) throw new Error(`${service}:${action} is not served by this cloud`);
      // Every client's answer carries $metadata of this shape.
      const { $metadata, ...answer } = { $metadata: {}, ...(await command(parameters as never)) };
      const { httpStatusCode, requestId } = $metadata as { httpStatusCode?: number; requestId?: string };
      return {
        ...answer,
        SdkHttpMetadata: { HttpStatusCode: httpStatusCode },
        SdkResponseMetadata: { RequestId: requestId },
      };
    },
    async stop() {
      events.destroy();
      sns.destroy();
    },
  };
}
