import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterEach, describe, expect, it, vi } from "vitest";
import { serviceGates } from "../../../../examples/local/cloud/gates.ts";
import { faultDecisions } from "../../../../examples/local/faults/decide.ts";
import type { CloudFact, Running } from "../../../../examples/local/services.ts";
import { functionNamed } from "../lambda/fixtures.ts";

/** Nobody listens there: what comes past the gate fails in another way. */
const NOWHERE = "http://127.0.0.1:9";
const running: Running[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const one of running.splice(0)) await one.stop();
});

describe("the gate of SQS", () => {
  it("stands in the way of a client that asks the host of a queue's URL", async () => {
    const facts: CloudFact[] = [];
    const gates = serviceGates({
      faults: faultDecisions({ requests: [{ do: "fail", service: "sqs" }] }, 1),
      keepRequestsOf: [],
      observe: (fact) => void facts.push(fact),
      track: (one) => {
        running.push(one);
        return one;
      },
    });
    const variables = await gates.environmentFor({ sqs: NOWHERE });
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value);
    const sender = functionNamed("sender", "sender.ts", {
      environment: { QUEUE_URL: `${NOWHERE}/000000000000/orders`, OTHER: "as it was" },
    });
    const { QUEUE_URL, OTHER } = gates.led(sender).environment;
    expect(OTHER).toBe("as it was");

    const client = new SQSClient({
      region: "us-east-1",
      credentials: { accessKeyId: "local", secretAccessKey: "local" },
      maxAttempts: 1,
    });
    await expect(
      client.send(new SendMessageCommand({ QueueUrl: QUEUE_URL, MessageBody: "x" })),
    ).rejects.toMatchObject({ name: "InternalFailure" });
    client.destroy();
    expect(facts).toEqual([
      { type: "request-fault", service: "sqs", operation: "SendMessage", fate: "fail" },
    ]);
  });
});
