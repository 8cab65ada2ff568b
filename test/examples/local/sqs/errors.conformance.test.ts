import { GetQueueUrlCommand, QueueDoesNotExist, ReceiveMessageCommand } from "@aws-sdk/client-sqs";
import { afterAll, describe, expect, it } from "vitest";
import { makeQueue, setUp } from "./fixtures.ts";

const { sqs, client } = await setUp();
afterAll(() => sqs.stop());

const errorOf = (request: Promise<unknown>): Promise<unknown> =>
  request.then(
    () => undefined,
    (error) => error,
  );
async function post(operation: string, body: string) {
  const response = await fetch(sqs.endpoint, {
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `AmazonSQS.${operation}` },
    body,
  });
  return { response, answer: await response.json() };
}

describe("an error (Smithy: AWS JSON 1.0 protocol, awsQueryCompatible trait)", () => {
  it("is the client's class, and has the code of the query protocol beside it", async () => {
    const error = await errorOf(client.send(new GetQueueUrlCommand({ QueueName: "none" })));
    expect(error).toBeInstanceOf(QueueDoesNotExist);
    expect(error).toMatchObject({
      name: "QueueDoesNotExist",
      Code: "AWS.SimpleQueueService.NonExistentQueue",
      $fault: "client",
      $metadata: { httpStatusCode: 400, requestId: expect.any(String) },
    });
    const { response, answer } = await post("GetQueueUrl", JSON.stringify({ QueueName: "none" }));
    expect(response.headers.get("x-amzn-query-error")).toBe("AWS.SimpleQueueService.NonExistentQueue;Sender");
    expect(answer).toMatchObject({ __type: "com.amazonaws.sqs#QueueDoesNotExist" });
  });

  it("that the service's model does not list has its name without a prefix", async () => {
    const QueueUrl = await makeQueue(client, "prefix");
    const asked = client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 11 }));
    expect(await errorOf(asked)).toMatchObject({ name: "InvalidParameterValue", $fault: "client" });
  });

  it("says what is not served, and what is no request", async () => {
    expect((await post("DeleteMessages", "{}")).answer).toMatchObject({
      __type: "com.amazon.coral.service#UnknownOperationException",
    });
    for (const body of ["{", "[]", '{"QueueName":1}']) {
      expect((await post("GetQueueUrl", body)).answer).toMatchObject({
        __type: "com.amazon.coral.service#SerializationException",
      });
    }
    expect((await post("ReceiveMessage", '{"QueueUrl":"here"}')).answer).toMatchObject({
      __type: "com.amazonaws.sqs#InvalidAddress",
    });
  });
});
