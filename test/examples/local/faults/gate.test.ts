import { once } from "node:events";
import { request } from "node:http";
import { connect } from "node:net";
import { DynamoDBClient, ListTablesCommand } from "@aws-sdk/client-dynamodb";
import {
  DynamoDBStreamsClient,
  ListStreamsCommand as StreamsCommand,
} from "@aws-sdk/client-dynamodb-streams";
import { EventBridgeClient, PutEventsCommand } from "@aws-sdk/client-eventbridge";
import { KinesisClient, ListStreamsCommand } from "@aws-sdk/client-kinesis";
import { KMSClient, ListKeysCommand } from "@aws-sdk/client-kms";
import { InvokeCommand, LambdaClient } from "@aws-sdk/client-lambda";
import { ListBucketsCommand, S3Client } from "@aws-sdk/client-s3";
import { ListSchedulesCommand, SchedulerClient } from "@aws-sdk/client-scheduler";
import { ListStateMachinesCommand, SFNClient } from "@aws-sdk/client-sfn";
import { ListTopicsCommand, SNSClient } from "@aws-sdk/client-sns";
import { ListQueuesCommand, SQSClient } from "@aws-sdk/client-sqs";
import { isThrottlingError, isTransientError } from "@smithy/core/retry";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { RequestVerdict } from "../../../../examples/local/faults/decide.ts";
import { type Gate, type PassingRequest, startGate } from "../../../../examples/local/faults/gate.ts";
import { readBody, startHttpServer } from "../../../../examples/local/process/http-server.ts";
import { SERVICE_NAMES, type ServiceName } from "../../../../examples/local/services.ts";
import { setUp, stopAll } from "../kinesis/set-up.ts";

let service: Awaited<ReturnType<typeof startHttpServer>>;
let served: string[];
let gate: Gate | undefined;

beforeEach(async () => {
  served = [];
  service = await startHttpServer(async (incoming, response) => {
    const body = await readBody(incoming, 1_000);
    served.push(`${incoming.method} ${incoming.url} ${body}`);
    response.writeHead(418, { "x-served": "yes" }).end(`answer to ${body}`);
  });
});
afterEach(async () => {
  await gate?.stop();
  await service.stop();
});

async function start(
  decide: (request: PassingRequest) => RequestVerdict | undefined,
  keepBodies = true,
): Promise<Gate> {
  gate = await startGate({
    service: "dynamodb",
    target: `http://127.0.0.1:${service.port}`,
    keepBodies,
    decide,
  });
  return gate;
}

function call(endpoint: string, operation: string, body: string): Promise<Response> {
  const headers = { "x-amz-target": `DynamoDB_20120810.${operation}` };
  return fetch(`${endpoint}/path?a=b`, { method: "POST", headers, body });
}

describe("a gate", () => {
  it("delivers a request and its reply as they are", async () => {
    const { endpoint } = await start(() => undefined);
    const response = await call(endpoint, "PutItem", "one");
    expect([response.status, response.headers.get("x-served")]).toEqual([418, "yes"]);
    expect(await response.text()).toBe("answer to one");
    expect(served).toEqual(["POST /path?a=b one"]);
  });

  it("leaves a path as it is, dots and all", async () => {
    const { endpoint } = await start(() => undefined);
    const { port } = new URL(endpoint);
    const sent = request({ port, path: "/bucket/../up/./key?x=%2F", method: "PUT" }).end("one");
    const [response] = await once(sent, "response");
    response.resume();
    expect(served).toEqual(["PUT /bucket/../up/./key?x=%2F one"]);
  });

  it("loses a reply after the service has done the work", async () => {
    const { endpoint } = await start(() => ({ do: "lose-reply" }));
    await expect(call(endpoint, "PutItem", "one")).rejects.toThrow("fetch failed");
    expect(served).toEqual(["POST /path?a=b one"]);
  });

  it("cuts a reply off half-way, after the service has done the work", async () => {
    const { endpoint } = await start(() => ({ do: "cut-reply" }));
    const sent = request(endpoint, { method: "POST" }).end("one");
    const [response] = await once(sent, "response");
    let received = "";
    response.setEncoding("utf8").on("data", (text: string) => {
      received += text;
    });
    const [error] = await once(response, "error");
    expect([error.code, received]).toEqual(["ECONNRESET", "answer "]);
    expect(served).toEqual(["POST / one"]);
  });

  it("loses a request before the service hears of it", async () => {
    const { endpoint } = await start(() => ({ do: "lose-request" }));
    await expect(call(endpoint, "PutItem", "one")).rejects.toThrow("fetch failed");
    expect(served).toEqual([]);
  });

  it("asks its plan with the operation, the body and how many of the operation came, and keeps them", async () => {
    const { endpoint, seen } = await start(({ count }) => (count === 2 ? { do: "lose-request" } : undefined));
    await call(endpoint, "PutItem", "one");
    await call(endpoint, "GetItem", "two");
    await expect(call(endpoint, "PutItem", "three")).rejects.toThrow("fetch failed");
    expect(seen).toEqual([
      { operation: "PutItem", path: "/path?a=b", body: "one", count: 1 },
      { operation: "GetItem", path: "/path?a=b", body: "two", count: 1 },
      { operation: "PutItem", path: "/path?a=b", body: "three", count: 2 },
    ]);
  });

  it("resets the connection when the service cannot be reached, and goes on", async () => {
    const { endpoint } = await start(() => undefined);
    await service.stop();
    await expect(call(endpoint, "PutItem", "one")).rejects.toThrow("fetch failed");
    await expect(call(endpoint, "PutItem", "two")).rejects.toThrow("fetch failed");
  });

  it("survives a client that dies half-way through its request, of which the service never hears", async () => {
    const { endpoint } = await start(() => undefined);
    const socket = connect(Number(new URL(endpoint).port), "127.0.0.1");
    socket.write("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nhalf");
    await once(socket, "connect");
    socket.resetAndDestroy();
    await call(endpoint, "PutItem", "next");
    expect(served).toEqual(["POST /path?a=b next"]);
  });

  it("survives a service that dies half-way through its reply", async () => {
    const dying = await startHttpServer((_, response) => {
      response.writeHead(200, { "content-length": "100" }).write("half", () => response.destroy());
    });
    gate = await startGate({
      service: "dynamodb",
      target: `http://127.0.0.1:${dying.port}`,
      decide: () => undefined,
    });
    const response = await call(gate.endpoint, "PutItem", "one");
    await expect(response.text()).rejects.toThrow("terminated");
    await dying.stop();
  });

  it("leaves no connection open when it is stopped", async () => {
    const { endpoint, stop } = await start(() => undefined);
    const client = request(endpoint, { method: "POST" });
    client.write("never ended");
    const [error] = await Promise.all([once(client, "error"), once(client, "socket").then(() => stop())]);
    expect(error[0]).toMatchObject({ code: "ECONNRESET" });
  });

  it("keeps nothing, and streams, unless it is asked to keep bodies", async () => {
    const { endpoint, seen } = await start(() => undefined, false);
    const response = await call(endpoint, "PutItem", "one");
    expect(await response.text()).toBe("answer to one");
    expect(seen).toEqual([]);
  });

  it("answers a throttled request with the service's own error, and the service never hears of it", async () => {
    const { endpoint } = await start(() => ({ do: "throttle" }));
    const response = await call(endpoint, "PutItem", "one");
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      __type: expect.stringMatching(/#ProvisionedThroughputExceededException$/),
    });
    expect(served).toEqual([]);
  });

  it("answers a failed request with the service's internal error", async () => {
    const { endpoint } = await start(() => ({ do: "fail" }));
    const response = await call(endpoint, "PutItem", "one");
    expect(response.status).toBe(500);
    expect(await response.json()).toMatchObject({ __type: expect.stringMatching(/#InternalServerError$/) });
    expect(served).toEqual([]);
  });

  it("lets the service work at once and holds its answer back for a delayed reply", async () => {
    const { endpoint } = await start(() => ({ do: "delay-reply", delayMs: 60 }));
    const beganMs = performance.now();
    const answer = call(endpoint, "PutItem", "one");
    await expect.poll(() => served, { interval: 2 }).toEqual(["POST /path?a=b one"]);
    await (await answer).text();
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(59);
  });

  it("holds no delayed reply back beyond its own stop", async () => {
    const { endpoint, stop } = await start(() => ({ do: "delay-reply", delayMs: 60_000 }));
    const answer = expect(call(endpoint, "PutItem", "one")).rejects.toThrow("fetch failed");
    await expect.poll(() => served, { interval: 2 }).toHaveLength(1);
    await stop();
    await answer;
  });
});

const identity = {
  region: "us-east-1",
  credentials: { accessKeyId: "local", secretAccessKey: "local" },
};
type SdkError = Parameters<typeof isThrottlingError>[0];

describe("beneath the client's retry", () => {
  const clients = {
    dynamodb: (endpoint: string) =>
      new DynamoDBClient({ endpoint, ...identity, maxAttempts: 1 }).send(new ListTablesCommand({})),
    dynamodb_streams: (endpoint: string) =>
      new DynamoDBStreamsClient({ endpoint, ...identity, maxAttempts: 1 }).send(new StreamsCommand({})),
    sqs: (endpoint: string) =>
      new SQSClient({ endpoint, ...identity, maxAttempts: 1 }).send(new ListQueuesCommand({})),
    sns: (endpoint: string) =>
      new SNSClient({ endpoint, ...identity, maxAttempts: 1 }).send(new ListTopicsCommand({})),
    s3: (endpoint: string) =>
      new S3Client({ endpoint, ...identity, maxAttempts: 1 }).send(new ListBucketsCommand({})),
    kms: (endpoint: string) =>
      new KMSClient({ endpoint, ...identity, maxAttempts: 1 }).send(new ListKeysCommand({})),
    sfn: (endpoint: string) =>
      new SFNClient({ endpoint, ...identity, maxAttempts: 1 }).send(new ListStateMachinesCommand({})),
    scheduler: (endpoint: string) =>
      new SchedulerClient({ endpoint, ...identity, maxAttempts: 1 }).send(new ListSchedulesCommand({})),
    eventbridge: (endpoint: string) =>
      new EventBridgeClient({ endpoint, ...identity, maxAttempts: 1 }).send(
        new PutEventsCommand({ Entries: [{}] }),
      ),
    lambda: (endpoint: string) =>
      new LambdaClient({ endpoint, ...identity, maxAttempts: 1 }).send(
        new InvokeCommand({ FunctionName: "f" }),
      ),
    kinesis: (endpoint: string) =>
      new KinesisClient({ endpoint, ...identity, maxAttempts: 1 }).send(new ListStreamsCommand({})),
  } as const satisfies Record<ServiceName, (endpoint: string) => Promise<unknown>>;

  it.each(SERVICE_NAMES)(
    "%s: the SDK knows a throttled request as throttling, and a failed one as worth another try",
    async (service) => {
      for (const fate of ["throttle", "fail"] as const) {
        gate = await startGate({ service, target: "http://127.0.0.1:9", decide: () => ({ do: fate }) });
        const error = await clients[service](gate.endpoint).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        await gate.stop();
        expect(error).toBeInstanceOf(Error);
        if (fate === "throttle") expect([error, isThrottlingError(error as SdkError)]).toEqual([error, true]);
        else expect([error, isTransientError(error as SdkError)]).toEqual([error, true]);
      }
    },
  );

  it("sns: a fault of one operation knows it by the body, and the rest passes as it came", async () => {
    gate = await startGate({
      service: "sns",
      target: `http://127.0.0.1:${service.port}`,
      decide: ({ operation }) => (operation === "Publish" ? { do: "fail" } : undefined),
    });
    const send = (body: string) => fetch(gate?.endpoint ?? "", { method: "POST", body });
    expect((await send("Action=Publish&Message=a%20b")).status).toBe(500);
    expect(await (await send("Action=ListTopics&Version=1")).text()).toBe(
      "answer to Action=ListTopics&Version=1",
    );
  });

  it("kinesis: requests over HTTP/2, as the SDK sends them, pass both ways", async () => {
    const { kinesis } = await setUp();
    gate = await startGate({ service: "kinesis", target: kinesis.endpoint, decide: () => undefined });
    const client = new KinesisClient({ endpoint: gate.endpoint, ...identity });
    expect((await client.send(new ListStreamsCommand({}))).StreamNames).toEqual(["orders"]);
    client.destroy();
    await stopAll();
  });
});
