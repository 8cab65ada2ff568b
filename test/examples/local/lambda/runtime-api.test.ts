import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type RuntimeApi, startRuntimeApi } from "../../../../examples/local/lambda/runtime-api.ts";
import { eventually } from "./fixtures.ts";

let api: RuntimeApi;
let seen: unknown[];
let waiting: number;

beforeEach(async () => {
  seen = [];
  waiting = 0;
  api = await startRuntimeApi({
    waiting: () => {
      waiting += 1;
    },
    answered: (id, answer) => void seen.push([id, answer.ok, answer.payload]),
    initFailed: (payload) => void seen.push(["init", payload]),
  });
});
afterEach(() => api.stop());

async function call(method: string, path: string, body?: string, headers: Record<string, string> = {}) {
  const response = await fetch(`http://${api.address}/2018-06-01/runtime${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    json: text === "" ? undefined : JSON.parse(text),
  };
}

/** Brings the runtime to its first invocation. */
async function running(requestId: string) {
  const before = waiting;
  const next = call("GET", "/invocation/next");
  await eventually(() => waiting > before);
  api.give({
    requestId,
    payload: '{"n":1}',
    functionArn: "arn:aws:lambda:us-east-1:000000000000:function:f",
    deadlineMs: 1_700_000_003_000,
    traceId: "Root=1-0-0",
  });
  return next;
}

describe("the Runtime API", () => {
  it("hands an invocation to whoever waits in next, with Lambda's headers", async () => {
    const next = await running("r-1");
    expect(next.status).toBe(200);
    expect(next.json).toEqual({ n: 1 });
    expect(Object.fromEntries(next.headers)).toMatchObject({
      "lambda-runtime-aws-request-id": "r-1",
      "lambda-runtime-deadline-ms": "1700000003000",
      "lambda-runtime-invoked-function-arn": "arn:aws:lambda:us-east-1:000000000000:function:f",
      "lambda-runtime-trace-id": "Root=1-0-0",
    });
  });

  it("takes one answer for an invocation, then refuses a second", async () => {
    await running("r-1");
    expect((await call("POST", "/invocation/r-1/response", "42")).status).toBe(202);
    const again = await call("POST", "/invocation/r-1/response", "43");
    expect(again).toMatchObject({ status: 403, json: { errorType: "InvalidStateTransition" } });
    expect(seen).toEqual([["r-1", true, "42"]]);
  });

  it("refuses an answer with another invocation's id and goes on waiting for the right one", async () => {
    await running("r-2");
    const wrong = await call("POST", "/invocation/r-1/response", "42");
    expect(wrong).toMatchObject({ status: 400, json: { errorType: "InvalidRequestID" } });
    await call("POST", "/invocation/r-2/error", '{"errorType":"E","errorMessage":"m"}');
    expect(seen).toEqual([["r-2", false, '{"errorType":"E","errorMessage":"m"}']]);
  });

  it("refuses next before the invocation is answered", async () => {
    await running("r-1");
    expect((await call("GET", "/invocation/next")).status).toBe(403);
    await call("POST", "/invocation/r-1/response", "1");
    expect((await running("r-2")).status).toBe(200);
  });

  it("turns a response above 6 MB into a function error", async () => {
    await running("r-1");
    const answer = await call("POST", "/invocation/r-1/response", "x".repeat(6 * 1024 * 1024 + 101));
    expect(answer).toMatchObject({ status: 413, json: { errorType: "RequestEntityTooLarge" } });
    expect(seen).toEqual([["r-1", false, expect.stringContaining("Function.ResponseSizeTooLarge")]]);
  });

  it("makes an error document from the header when the runtime sends none", async () => {
    await running("r-1");
    await call("POST", "/invocation/r-1/error", "not json", {
      "lambda-runtime-function-error-type": "Custom.Oops",
    });
    expect(seen).toEqual([["r-1", false, expect.stringContaining('"errorType":"Custom.Oops"')]]);
  });

  it("takes an init error only before the first next", async () => {
    const failure = '{"errorType":"E","errorMessage":"m"}';
    expect((await call("POST", "/init/error", failure)).status).toBe(202);
    expect(seen).toEqual([["init", failure]]);
    expect((await call("POST", "/init/error", failure)).status).toBe(403);
    expect((await call("GET", "/invocation/next")).status).toBe(403);
  });

  it("refuses a streamed response with a reason", async () => {
    await running("r-1");
    const answer = await call("POST", "/invocation/r-1/response", "part", {
      "lambda-runtime-function-response-mode": "streaming",
    });
    expect(answer.status).toBe(400);
    expect(seen).toEqual([["r-1", false, expect.stringContaining("streaming is not served here")]]);
  });

  it("answers 404 to what it does not have", async () => {
    expect((await call("GET", "/extension/register")).status).toBe(404);
  });
});
