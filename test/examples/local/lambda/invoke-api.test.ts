import { InvokeCommand, type InvokeCommandInput, LambdaClient } from "@aws-sdk/client-lambda";
import { afterEach, describe, expect, it } from "vitest";
import { localCredentials } from "../../../../examples/local/credentials.ts";
import { type InvokeApi, startInvokeApi } from "../../../../examples/local/lambda/invoke-api.ts";
import type { LambdaFunction } from "../../../../examples/local/template/stack.ts";
import { eventually, type Harness, realClock, startHandlers } from "./fixtures.ts";

const echo = `export const handler = async (event, context) => ({ event, requestId: context.awsRequestId });`;
const fails = `export const handler = async () => { throw new RangeError("no luck"); };`;
const slow = `export const handler = async () => { await new Promise((r) => setTimeout(r, 150)); };`;

const queue = "arn:aws:sqs:us-east-1:000000000000:failed";
const bus = "arn:aws:events:us-east-1:000000000000:event-bus/results";
/** A minute passes in a tenth of a second. */
const speed = 600;

let harness: Harness | undefined;
let api: InvokeApi | undefined;
let client: LambdaClient | undefined;
afterEach(async () => {
  client?.destroy();
  await api?.stop();
  await harness?.stop();
  harness = api = client = undefined;
});

async function start(...given: Parameters<typeof startHandlers>) {
  const started = await startHandlers(...given);
  const { lambda, functions } = started;
  harness = started;
  api = await startInvokeApi({
    functions: [...functions.values()],
    invoke: lambda.invoke,
    invokeAsync: lambda.invokeAsync,
  });
  const sdk = new LambdaClient({
    endpoint: api.endpoint,
    region: "us-east-1",
    credentials: localCredentials,
    maxAttempts: 1,
  });
  client = sdk;
  const invoke = (input: InvokeCommandInput) => sdk.send(new InvokeCommand(input));
  return { ...started, invoke };
}

/** The exception's name and HTTP status. */
async function refusal(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => "answered",
    (error: { name: string; $metadata: { httpStatusCode: number } }) => [
      error.name,
      error.$metadata.httpStatusCode,
    ],
  );
}

const asyncConfig = (over: Partial<LambdaFunction["asyncInvoke"]>): LambdaFunction["asyncInvoke"] => ({
  maximumRetryAttempts: 2,
  maximumEventAgeSeconds: 21_600,
  ...over,
});

describe("Invoke, RequestResponse", () => {
  it("gives the handler's result, the version that ran and the request id the handler saw", async () => {
    const { invoke } = await start({ echo });
    const { StatusCode, ExecutedVersion, FunctionError, Payload, $metadata } = await invoke({
      FunctionName: "echo",
      Payload: Buffer.from('{"a":1}'),
    });
    expect({ StatusCode, ExecutedVersion, FunctionError }).toEqual({
      StatusCode: 200,
      ExecutedVersion: "$LATEST",
      FunctionError: undefined,
    });
    expect(JSON.parse(Payload?.transformToString() ?? "")).toEqual({
      event: { a: 1 },
      requestId: $metadata.requestId,
    });
  });

  it("gives the handler an empty object when there is no payload", async () => {
    const { invoke } = await start({ echo });
    const { Payload } = await invoke({ FunctionName: "echo" });
    expect(JSON.parse(Payload?.transformToString() ?? "")).toMatchObject({ event: {} });
  });

  it("answers 200 with FunctionError and Lambda's error JSON when the handler throws", async () => {
    const { invoke } = await start({ fails });
    const { StatusCode, FunctionError, Payload } = await invoke({ FunctionName: "fails" });
    expect([StatusCode, FunctionError]).toEqual([200, "Unhandled"]);
    expect(JSON.parse(Payload?.transformToString() ?? "")).toMatchObject({
      errorType: "RangeError",
      errorMessage: "no luck",
    });
  });

  it("takes a name, a partial ARN, a full ARN, and $LATEST as suffix or Qualifier", async () => {
    const { invoke, arn } = await start({ echo });
    const names = [
      "echo",
      "000000000000:function:echo",
      "function:echo",
      arn("echo"),
      `${arn("echo")}:$LATEST`,
    ];
    for (const FunctionName of names) expect((await invoke({ FunctionName })).StatusCode).toBe(200);
    expect((await invoke({ FunctionName: "echo", Qualifier: "$LATEST" })).StatusCode).toBe(200);
  });

  it("refuses with AWS's exceptions and statuses what it cannot run", async () => {
    const { invoke, facts } = await start({ echo });
    const large = Buffer.from(JSON.stringify("x".repeat(6_291_557)));
    expect(await refusal(invoke({ FunctionName: "other" }))).toEqual(["ResourceNotFoundException", 404]);
    expect(await refusal(invoke({ FunctionName: "111111111111:function:echo" }))).toEqual([
      "ResourceNotFoundException",
      404,
    ]);
    expect(await refusal(invoke({ FunctionName: "echo", Qualifier: "live" }))).toEqual([
      "ResourceNotFoundException",
      404,
    ]);
    expect(await refusal(invoke({ FunctionName: "echo", Payload: Buffer.from("{") }))).toEqual([
      "InvalidRequestContentException",
      400,
    ]);
    expect(await refusal(invoke({ FunctionName: "echo", Payload: large }))).toEqual([
      "RequestTooLargeException",
      413,
    ]);
    expect(await refusal(invoke({ FunctionName: "echo", ClientContext: "e30=" }))).toEqual([
      "InvalidParameterValueException",
      400,
    ]);
    expect(facts).toEqual([]);
  });

  it("throttles what exceeds the reserved concurrency", async () => {
    const { invoke } = await start({ slow: { source: slow, over: { reservedConcurrency: 1 } } });
    const outcomes = await Promise.all([1, 2].map(() => refusal(invoke({ FunctionName: "slow" }))));
    expect(outcomes).toContainEqual(["TooManyRequestsException", 429]);
    expect(outcomes).toContain("answered");
  });
});

describe("Invoke, DryRun", () => {
  it("answers 204 and runs nothing", async () => {
    const { invoke, facts } = await start({ echo });
    expect((await invoke({ FunctionName: "echo", InvocationType: "DryRun" })).StatusCode).toBe(204);
    expect(await refusal(invoke({ FunctionName: "other", InvocationType: "DryRun" }))).toEqual([
      "ResourceNotFoundException",
      404,
    ]);
    expect(facts).toEqual([]);
  });
});

describe("Invoke, Event", () => {
  it("answers 202 at once, without a result", async () => {
    const { invoke, facts } = await start({ echo });
    const { StatusCode, Payload } = await invoke({ FunctionName: "echo", InvocationType: "Event" });
    expect([StatusCode, Payload?.transformToString()]).toEqual([202, undefined]);
    await eventually(() => facts.some(({ type }) => type === "invoke-end"));
  });

  it("takes at most 1 MB, and JSON only", async () => {
    const { invoke } = await start({ echo });
    const large = Buffer.from(JSON.stringify("x".repeat(1_048_576)));
    const event = { FunctionName: "echo", InvocationType: "Event" } as const;
    expect(await refusal(invoke({ ...event, Payload: large }))).toEqual(["RequestTooLargeException", 413]);
    expect(await refusal(invoke({ ...event, Payload: Buffer.from("no") }))).toEqual([
      "InvalidRequestContentException",
      400,
    ]);
  });

  it("runs a failing function three times, after one minute and two more, and records it on failure", async () => {
    const over = { asyncInvoke: asyncConfig({ onFailureArn: bus }) };
    const waits: number[] = [];
    const real = realClock(speed);
    const { invoke, facts, delivered, arn } = await start(
      { fails: { source: fails, over } },
      {
        clock: {
          ...real,
          after: (cloudMs, fn) => {
            if (cloudMs > 0) waits.push(cloudMs);
            return real.after(cloudMs, fn);
          },
        },
      },
    );
    const { $metadata } = await invoke({
      FunctionName: "fails",
      InvocationType: "Event",
      Payload: Buffer.from('{"id":7}'),
    });
    await eventually(() => delivered.length > 0);

    expect(facts.filter(({ type }) => type === "invoke-start")).toHaveLength(3);
    expect(waits).toEqual([60_000, 120_000]);
    expect(delivered).toHaveLength(1);
    expect(delivered[0]).toMatchObject({
      arn: bus,
      attributes: {
        Source: "lambda",
        DetailType: "Lambda Function Invocation Result - Failure",
        Resources: JSON.stringify([bus, `${arn("fails")}:$LATEST`]),
      },
    });
    expect(JSON.parse(delivered[0]?.payload ?? "")).toEqual({
      version: "1.0",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      requestContext: {
        requestId: $metadata.requestId,
        functionArn: `${arn("fails")}:$LATEST`,
        condition: "RetriesExhausted",
        approximateInvokeCount: 3,
      },
      requestPayload: { id: 7 },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      responsePayload: expect.objectContaining({ errorType: "RangeError", errorMessage: "no luck" }),
    });
  });

  it("records on success what the handler returned", async () => {
    const over = { asyncInvoke: asyncConfig({ onSuccessArn: bus }) };
    const { invoke, delivered } = await start({ echo: { source: echo, over } });
    const { $metadata } = await invoke({
      FunctionName: "echo",
      InvocationType: "Event",
      Payload: Buffer.from("[1]"),
    });
    await eventually(() => delivered.length > 0);
    expect(delivered[0]?.attributes).toMatchObject({
      DetailType: "Lambda Function Invocation Result - Success",
    });
    expect(JSON.parse(delivered[0]?.payload ?? "")).toMatchObject({
      requestContext: {
        requestId: $metadata.requestId,
        condition: "Success",
        approximateInvokeCount: 1,
      },
      requestPayload: [1],
      responseContext: { statusCode: 200 },
      responsePayload: { event: [1] },
    });
  });

  it("gives an event up whose next attempt would be older than its maximum age", async () => {
    const over = { asyncInvoke: asyncConfig({ maximumEventAgeSeconds: 90, onFailureArn: queue }) };
    const { invoke, facts, delivered } = await start(
      { fails: { source: fails, over } },
      { clock: realClock(speed) },
    );
    await invoke({ FunctionName: "fails", InvocationType: "Event" });
    await eventually(() => delivered.length > 0);
    expect(JSON.parse(delivered[0]?.payload ?? "")).toMatchObject({
      requestContext: { condition: "EventAgeExceeded" },
    });
    expect(facts.filter(({ type }) => type === "invoke-start").length).toBeLessThan(3);
  });

  it("sends the event itself to the dead-letter queue, with RequestID, ErrorCode and ErrorMessage", async () => {
    const over = { asyncInvoke: asyncConfig({ maximumRetryAttempts: 0, deadLetterArn: queue }) };
    const { invoke, delivered } = await start({ fails: { source: fails, over } });
    const { $metadata } = await invoke({
      FunctionName: "fails",
      InvocationType: "Event",
      Payload: Buffer.from('{"id":7}'),
    });
    await eventually(() => delivered.length > 0);
    expect(delivered).toEqual([
      {
        arn: queue,
        payload: '{"id":7}',
        attributes: { RequestID: $metadata.requestId, ErrorCode: "200", ErrorMessage: "no luck" },
      },
    ]);
  });
});
