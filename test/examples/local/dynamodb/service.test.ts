import { join } from "node:path";
import {
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  TransactWriteItemsCommand,
} from "@aws-sdk/client-dynamodb";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { dynamoDbProgram } from "../../../../examples/local/dynamodb/program.ts";
import { type DynamoDb, startDynamoDb } from "../../../../examples/local/dynamodb/service.ts";
import { type Reaper, startReaper } from "../../../../examples/local/process/reaper.ts";
import { region } from "../lambda/fixtures.ts";
import { table } from "./fixtures.ts";

let reaper: Reaper;
let dynamodb: DynamoDb;
beforeAll(async () => {
  reaper = startReaper();
  dynamodb = await startDynamoDb({ reaper, region });
});
afterAll(async () => {
  await dynamodb.stop();
  await reaper.stop();
});

describe("the local DynamoDB", () => {
  it("listens on loopback and creates the template's tables with their indexes, stream and TTL", async () => {
    expect(new URL(dynamodb.endpoint).hostname).toBe("127.0.0.1");
    await dynamodb.createTables([
      table("records", {
        attributeDefinitions: [
          { AttributeName: "id", AttributeType: "S" },
          { AttributeName: "day", AttributeType: "S" },
        ],
        globalSecondaryIndexes: [
          {
            IndexName: "by-day",
            KeySchema: [{ AttributeName: "day", KeyType: "HASH" }],
            Projection: { ProjectionType: "ALL" },
          },
        ],
        streamViewType: "NEW_AND_OLD_IMAGES",
        ttlAttribute: "expiresAt",
      }),
      table("plain"),
    ]);
    const { Table: made } = await dynamodb.client.send(new DescribeTableCommand({ TableName: "records" }));
    expect(made).toMatchObject({
      TableStatus: "ACTIVE",
      GlobalSecondaryIndexes: [{ IndexName: "by-day" }],
      StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
    });
    const ttl = await dynamodb.client.send(new DescribeTimeToLiveCommand({ TableName: "records" }));
    expect(ttl.TimeToLiveDescription).toMatchObject({ AttributeName: "expiresAt" });
  });

  it("has transactions", async () => {
    await dynamodb.createTables([table("moved")]);
    const put = (id: string, condition?: string) => ({
      Put: {
        TableName: "moved",
        Item: { id: { S: id } },
        ...(condition === undefined ? {} : { ConditionExpression: condition }),
      },
    });
    await dynamodb.client.send(new TransactWriteItemsCommand({ TransactItems: [put("a")] }));
    await expect(
      dynamodb.client.send(
        new TransactWriteItemsCommand({ TransactItems: [put("b"), put("a", "attribute_not_exists(id)")] }),
      ),
    ).rejects.toThrow("ConditionalCheckFailed");
  });

  it("names the template's line when DynamoDB does not take a table", async () => {
    const wrong = table("wrong", { keySchema: [{ AttributeName: "other", KeyType: "HASH" }] });
    await expect(dynamodb.createTables([wrong])).rejects.toThrow(
      "template.yaml:1 Resources.Fn: DynamoDB does not take",
    );
  });

  it("says with the program's own words why it did not start", async () => {
    const program = {
      name: "broken",
      command: process.execPath,
      args: () => ["-e", "console.error('no room'); process.exit(1)"],
    };
    await expect(startDynamoDb({ reaper, region, program })).rejects.toThrow(
      /broken .* did not start:[\s\S]*no room/,
    );
  });
});

describe("choosing the program", () => {
  const none = (): string => {
    throw new Error("not installed");
  };

  it("takes dynalite where dynoxide is not installed, and says what it lacks", () => {
    const here = join(import.meta.dirname, "service.test.ts");
    const program = dynamoDbProgram((specifier) => (specifier.startsWith("dynalite") ? here : none()));
    expect(program.name).toBe("dynalite");
    expect(program.missing).toMatch(/no transactions, no streams and no ALL_OLD/);
  });

  it("says what to install where there is none", () => {
    expect(() => dynamoDbProgram(none)).toThrow(/npm install/);
  });
});
