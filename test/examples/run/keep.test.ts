import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { describe, expect, it, vi } from "vitest";
import { endingTime, startOrders } from "./runner.ts";

/** A run builds its functions and waits for redeliveries; others may run beside it. */
vi.setConfig({ testTimeout: 40_000 });

describe("npm start -- --keep", () => {
  it("leaves the cloud up for any AWS client, below the table, until it is interrupted", async (test) => {
    const runner = await startOrders(test, 12, "--keep");
    await runner.says(/Ctrl-C stops it/);
    const shown = runner.stdout();
    expect(shown.indexOf("held   O1")).toBeGreaterThan(0);
    expect(shown.indexOf("The cloud is up")).toBeGreaterThan(shown.indexOf("held   O1"));

    const exported = new Map(
      [...shown.matchAll(/(AWS_\w+)=(\S+)/g)].map(([, name = "", value = ""]) => [name, value]),
    );
    const client = (service: string) => ({
      endpoint: exported.get(`AWS_ENDPOINT_URL_${service}`) ?? "",
      region: exported.get("AWS_REGION") ?? "",
      credentials: {
        accessKeyId: exported.get("AWS_ACCESS_KEY_ID") ?? "",
        secretAccessKey: exported.get("AWS_SECRET_ACCESS_KEY") ?? "",
      },
      maxAttempts: 1,
    });
    const dynamodb = new DynamoDBClient(client("DYNAMODB"));
    const sqs = new SQSClient(client("SQS"));
    const eventbridge = new EventBridgeClient(client("EVENTBRIDGE"));
    expect((await dynamodb.send(new ListTablesCommand({}))).TableNames).toContain("orders-OrdersTable");
    expect((await sqs.send(new ListQueuesCommand({}))).QueueUrls?.join()).toContain("orders-BulkOrdersQueue");
    const entry = { EventBusName: "orders-bus", Source: "test", DetailType: "Nothing", Detail: "{}" };
    // The run's faults go on: now and then an entry is refused, as AWS does it.
    await vi.waitFor(async () => {
      const { FailedEntryCount } = await eventbridge.send(new PutEventsCommand({ Entries: [entry] }));
      expect(FailedEntryCount).toBe(0);
    });
    const api = /OrdersApi: (http:\S+)/.exec(shown)?.[1] ?? "";
    expect((await fetch(`${api}/orders`, { method: "POST", body: "{}" })).status).toBe(400);

    const started = runner.started();
    expect(await endingTime(runner, "SIGINT")).toBeLessThan(5_000);
    expect(await runner.ended).toBe(0);
    expect(await runner.left(started)).toEqual([]);
    for (const { endpoint } of ["DYNAMODB", "SQS", "EVENTBRIDGE"].map(client)) {
      await expect(fetch(endpoint)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
    }
    await expect(fetch(api)).rejects.toMatchObject({ cause: { code: "ECONNREFUSED" } });
    for (const one of [dynamodb, sqs, eventbridge]) one.destroy();
  });
});
