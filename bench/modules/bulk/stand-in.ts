/**
 * SQS, DynamoDB and EventBridge as far as writes that are taken whole need them, in a process of their own, so that what
 * they compute is not the client's. Prints its port.
 */
import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

interface Batch {
  readonly Entries: readonly { readonly Id?: string; readonly MessageBody?: string }[];
}

const answers: Readonly<Record<string, (body: Batch) => object>> = {
  "AmazonSQS.SendMessageBatch": ({ Entries }) => ({
    Successful: Entries.map(({ Id, MessageBody = "" }) => ({
      Id,
      MessageId: `m-${Id}`,
      MD5OfMessageBody: createHash("md5").update(MessageBody).digest("hex"),
    })),
    Failed: [],
  }),
  "DynamoDB_20120810.BatchWriteItem": () => ({ UnprocessedItems: {} }),
  "DynamoDB_20120810.UpdateItem": () => ({}),
  "AWSEvents.PutEvents": ({ Entries }) => ({
    FailedEntryCount: 0,
    Entries: Entries.map((_, index) => ({ EventId: `e-${index}` })),
  }),
};

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on("data", (chunk: Buffer) => chunks.push(chunk));
  request.on("end", () => {
    const answer = answers[String(request.headers["x-amz-target"])];
    const body = answer?.(JSON.parse(Buffer.concat(chunks).toString()) as Batch);
    response.setHeader("content-type", "application/x-amz-json-1.0");
    response.statusCode = body === undefined ? 400 : 200;
    response.end(JSON.stringify(body ?? { __type: "UnknownOperationException" }));
  });
});
server.listen(0, "127.0.0.1", () => {
  process.stdout.write(`${(server.address() as AddressInfo).port}\n`);
});
// The bench's end is this process's end.
process.stdin.on("end", () => process.exit()).resume();
