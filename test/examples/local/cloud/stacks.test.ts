import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterEach, describe, expect, it } from "vitest";
import { type Cloud, startCloud } from "../../../../examples/local/cloud.ts";
import { faultDecisions } from "../../../../examples/local/faults/decide.ts";
import { writeApp } from "./fixtures.ts";

let cloud: Cloud | undefined;
afterEach(async () => {
  await cloud?.stop();
  cloud = undefined;
});

describe("stacks of one cloud", () => {
  it("do not share a name: the second is refused, with its place", async () => {
    const { file, buildDir } = await writeApp();
    const stacks = [
      { file, name: "one" },
      { file, name: "two" },
    ];
    await expect(startCloud({ stacks, buildDir })).rejects.toThrow(
      /template\.yaml:\d+ Resources\.Bus: stack one .* has the name things already; change it in stack two/,
    );
  });

  it("have queues whose URLs lead past the faults, as SQS clients send to a URL's host", async () => {
    const { file, buildDir } = await writeApp();
    cloud = await startCloud({
      stacks: [{ file, name: "test" }],
      buildDir,
      faults: faultDecisions({ requests: [{ do: "fail", service: "sqs", nth: 1 }] }, 1),
      keepRequestsOf: ["sqs"],
    });
    const QueueUrl = cloud.stacks[0]?.queues.find(({ logicalId }) => logicalId === "Dead")?.url;
    // It warns that it leaves AWS's own host for the URL's.
    const logger = { debug() {}, info() {}, warn() {}, error() {} };
    const credentials = { accessKeyId: "local", secretAccessKey: "local" };
    const client = new SQSClient({ region: "us-east-1", credentials, maxAttempts: 1, logger });
    const send = () => client.send(new SendMessageCommand({ QueueUrl, MessageBody: "hello" }));
    await expect(send()).rejects.toThrow("A fault of the run.");
    await send();
    client.destroy();
    expect(cloud.requestsTo("sqs").map(({ operation }) => operation)).toEqual(["SendMessage", "SendMessage"]);
    expect((await cloud.inspectQueue("test-Dead")).map(({ body }) => body)).toEqual(["hello"]);
  });
});
