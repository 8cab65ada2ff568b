/** What both ask of the same DynamoDB through the same client, and what that client's process computes for it. */
import { IdempotencyConfig, makeIdempotent } from "@aws-lambda-powertools/idempotency";
import { DynamoDBPersistenceLayer } from "@aws-lambda-powertools/idempotency/dynamodb";
import {
  type DynamoDBClient,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from "@aws-sdk/client-dynamodb";
import { wrapHandler } from "holdfast";
import { type AwsTransport, dynamoDBTransport } from "holdfast/aws/dynamodb";
import { idempotent } from "holdfast/idempotency";
import { dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { startGate } from "../../../examples/local/faults/gate.ts";
import { startTestDynamoDB, type TestDynamoDB } from "../../../test/support/dynamodb.ts";
import { measure } from "../../harness.ts";
import { againstBudget, besidePeer, type Row } from "../../row.ts";
import { titled } from "../titled.ts";
import { type Accepted, accept, context, type Order, orders } from "./order.ts";

type Handler = (event: Order) => Promise<Accepted>;

export async function dynamoDbRows(): Promise<readonly Row[]> {
  const dynamo = await startTestDynamoDB();
  try {
    return [...(await requestRows(dynamo)), ...(await computingRows(dynamo))];
  } finally {
    await dynamo.stop();
  }
}

/** Counted between the client and DynamoDB, where a retry of the client's would show as well. */
async function requestRows(dynamo: TestDynamoDB): Promise<readonly Row[]> {
  let count = 0;
  const gate = await startGate({
    service: "dynamodb",
    target: dynamo.endpoint,
    decide: () => {
      count += 1;
      return undefined;
    },
  });
  async function requestsOf(run: () => Promise<unknown>): Promise<number> {
    count = 0;
    await run();
    return count;
  }
  try {
    const client = dynamo.clientFor(gate.endpoint);
    const handlers = [
      ours(dynamoDBTransport(client), await dynamo.newTable()),
      theirs(client, await dynamo.newTable()),
    ];
    const counted = [];
    for (const handler of handlers) {
      const next = orders();
      const fresh: number[] = [];
      const replays: number[] = [];
      for (let keys = 0; keys < 20; keys += 1) {
        const event = next();
        fresh.push(await requestsOf(() => handler(event)));
        replays.push(await requestsOf(() => handler(event)));
      }
      counted.push({ fresh, replays });
    }
    const [own, peer] = counted;
    if (own === undefined || peer === undefined) throw new Error("Nothing was counted.");
    const title = titled("idempotency", "requests");
    return [
      againstBudget(title("a new key", 2), own.fresh),
      againstBudget(title("a replay", 1), own.replays),
      besidePeer(title("a new key"), own.fresh, "Powertools", peer.fresh),
      besidePeer(title("a replay"), own.replays, "Powertools", peer.replays),
    ];
  } finally {
    await gate.stop();
  }
}

async function computingRows(dynamo: TestDynamoDB): Promise<readonly Row[]> {
  const client = dynamo.clientFor();
  const tableName = await dynamo.newTable();
  const transport = dynamoDBTransport(client);
  const handlers = {
    ours: ours(transport, tableName),
    theirs: theirs(client, await dynamo.newTable()),
    byHand: await byHand(client, transport, tableName),
  };
  const next = orders();
  const ns = await measure(
    [
      { name: "ours", run: () => handlers.ours(next()) },
      { name: "byHand", run: () => handlers.byHand() },
      { name: "theirs", run: () => handlers.theirs(next()) },
    ] as const,
    { rounds: 61, roundMs: 100 },
  );
  const us = (samples: readonly number[]): number[] => samples.map((sample) => sample / 1_000);
  const title = titled("idempotency", "µs");
  return [
    besidePeer(title("new call, DynamoDB", 1.05), us(ns.ours), "two UpdateItem by hand", us(ns.byHand)),
    besidePeer(title("new call, DynamoDB"), us(ns.ours), "Powertools", us(ns.theirs)),
  ];
}

function ours(transport: AwsTransport, tableName: string): Handler {
  const store = dynamoDBStore({ transport, tableName });
  const handler = wrapHandler(
    idempotent(accept, { store, operation: "accept", key: (event) => event.orderId }),
  );
  return (event) => handler(event, context);
}

function theirs(awsSdkV3Client: DynamoDBClient, tableName: string): Handler {
  const handler = makeIdempotent(accept, {
    persistenceStore: new DynamoDBPersistenceLayer({ tableName, awsSdkV3Client }),
    config: new IdempotencyConfig({ eventKeyJmesPath: "orderId" }),
  }) as (event: Order, given: typeof context) => Promise<Accepted>;
  return (event) => handler(event, context);
}

/** The two requests of a new call, taken down from one, sent again and again for new keys and owners. */
async function byHand(client: DynamoDBClient, transport: AwsTransport, tableName: string) {
  const sent: UpdateItemCommandInput[] = [];
  const recorder: AwsTransport = {
    call(operation, input, call) {
      sent.push(input as UpdateItemCommandInput);
      return transport.call(operation, input, call);
    },
  };
  await ours(recorder, tableName)({ ...orders()(), orderId: "taken down" });
  const [claim, completion] = sent;
  if (claim === undefined || completion === undefined || sent.length !== 2) {
    throw new Error(`A new call sent ${sent.length} requests, not 2.`);
  }
  // A new key's fence is the claim's time, and one.
  const fence = { N: String(Number(claim.ExpressionAttributeValues?.[":now"]?.N) + 1) };
  let keys = 0;
  return async () => {
    keys += 1;
    const id = { S: `by-hand-${keys}` };
    const owner = { S: `owner-${keys}` };
    await client.send(new UpdateItemCommand(filled(claim, id, { ":owner": owner })));
    await client.send(new UpdateItemCommand(filled(completion, id, { ":owner": owner, ":fence": fence })));
  };
}

function filled(
  input: UpdateItemCommandInput,
  id: { S: string },
  values: NonNullable<UpdateItemCommandInput["ExpressionAttributeValues"]>,
): UpdateItemCommandInput {
  return {
    ...input,
    Key: { id },
    ExpressionAttributeValues: { ...input.ExpressionAttributeValues, ...values },
  };
}
