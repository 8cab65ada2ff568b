import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEnvironment } from "../../../../examples/local/lambda/environment.ts";
import { startReaper } from "../../../../examples/local/process/reaper.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { eventually, functionNamed, type Harness, startHandlers } from "./fixtures.ts";

let harness: Harness;

beforeAll(async () => {
  harness = await startHandlers({
    echo: {
      source: `
        let runs = 0;
        export const handler = async (event, context) => {
          runs += 1;
          console.log("run", runs);
          return { event, runs, pid: process.pid, remaining: context.getRemainingTimeInMillis(),
            context: { ...context }, env: { ...process.env } };
        };`,
      over: { environment: { GREETING: "hello" }, timeoutSeconds: 5, memoryMb: 256 },
    },
    throws: `export const handler = async () => { class OrderError extends Error { name = "OrderError"; } throw new OrderError("no such order"); };`,
    throwsText: `export const handler = async () => { throw "plain"; };`,
    nothing: `export const handler = async () => {};`,
    hangs: {
      source: `export const handler = () => new Promise(() => setInterval(() => {}, 1000));`,
      over: { timeoutSeconds: 0.2 },
    },
    spins: { source: `export const handler = () => { for (;;) {} };`, over: { timeoutSeconds: 0.2 } },
    exits: `export const handler = async () => { process.exit(7); };`,
    rejects: `export const handler = async () => { Promise.reject(new Error("forgotten")); await new Promise((r) => setTimeout(r, 1000)); };`,
    neverSettles: `export const handler = () => new Promise(() => {});`,
    failsInit: `throw new Error("no config"); export const handler = async () => 1;`,
    exitsInInit: `process.exit(3); export const handler = async () => 1;`,
    missing: `export const handlr = async () => 1;`,
    callback: `export const handler = (event, context, callback) => callback(null, 1);`,
    streams: `export const handler = awslambda.streamifyResponse(async (event, stream) => stream.end("x"));`,
    large: `export const handler = async () => "x".repeat(6 * 1024 * 1024 + 200);`,
    frozen: `
      let ticks = 0;
      setInterval(() => { ticks += 1; }, 5).unref();
      export const handler = async () => ticks;`,
    hungry: `export const handler = async () => { const kept = []; for (;;) kept.push(new Array(1e5).fill(Math.random())); };`,
  });
});

afterAll(() => harness.stop());

async function invoke(name: string, event: unknown = {}) {
  return harness.lambda.invoke(harness.arn(name), JSON.stringify(event), { source: "test" });
}

async function failureOf(
  name: string,
): Promise<{ kind: string; errorType: string; errorMessage: string; trace: unknown }> {
  const result = await invoke(name);
  if (result.status !== "error")
    throw new Error(`expected a function error, got ${JSON.stringify(result).slice(0, 200)}`);
  return { kind: result.kind, ...JSON.parse(result.payload) };
}

async function returned(name: string, event: unknown = {}) {
  const result = await invoke(name, event);
  if (result.status !== "ok")
    throw new Error(`expected a result, got ${JSON.stringify(result).slice(0, 200)}`);
  return JSON.parse(result.payload);
}

describe("an environment", () => {
  it("gives the handler its event, a full context and Lambda's variables", async () => {
    const answer = await returned("echo", { orderId: "o-1" });

    expect(answer.event).toEqual({ orderId: "o-1" });
    expect(answer.context).toMatchObject({
      functionName: "echo",
      functionVersion: "$LATEST",
      memoryLimitInMB: "256",
      logGroupName: "/aws/lambda/echo",
      invokedFunctionArn: harness.arn("echo"),
    });
    expect(answer.context.awsRequestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.context.logStreamName).toContain("[$LATEST]");
    expect(answer.remaining).toBeGreaterThan(4_000);
    expect(answer.remaining).toBeLessThanOrEqual(5_000);
    expect(answer.env).toMatchObject({
      GREETING: "hello",
      AWS_ENDPOINT_URL_SQS: "http://127.0.0.1:9",
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_LAMBDA_FUNCTION_NAME: "echo",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
      AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
      AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
      _HANDLER: "echo.handler",
      TZ: ":UTC",
    });
    expect(answer.env._X_AMZN_TRACE_ID).toMatch(
      /^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=1$/,
    );
  });

  it("inherits nothing from the process that runs the cloud", async () => {
    const answer = await returned("echo");
    expect(Object.keys(answer.env).filter((name) => /^(VITEST|npm_|HOME|NODE_OPTIONS)/.test(name))).toEqual(
      [],
    );
  });

  it("is used again while it is warm, and its lines become log facts of their request", async () => {
    const first = await returned("echo");
    const second = await returned("echo");

    expect(second.pid).toBe(first.pid);
    expect(second.runs).toBe(first.runs + 1);
    await eventually(() => harness.logs().includes(`run ${second.runs}`));
    const line = harness.facts.find((fact) => fact.type === "log" && fact.line === `run ${second.runs}`);
    expect(line).toMatchObject({ functionName: "echo", requestId: second.context.awsRequestId });
  });

  it("is frozen between invocations: an interval does not tick while nothing is invoked", async () => {
    const before = await returned("frozen");
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect((await returned("frozen")) - before).toBeLessThan(8);
  });

  it("answers null for a handler that returns nothing", async () => {
    expect(await returned("nothing")).toBeNull();
  });

  it("reports what a handler throws with its type, message and trace", async () => {
    const failure = await failureOf("throws");
    expect(failure).toMatchObject({ kind: "error", errorType: "OrderError", errorMessage: "no such order" });
    expect(failure.trace).toEqual(
      expect.arrayContaining([expect.stringContaining("OrderError: no such order")]),
    );
    expect(await failureOf("throwsText")).toMatchObject({ errorType: "string", errorMessage: "plain" });
  });

  it.each(["hangs", "spins"])("is killed at the function's timeout when the handler %s", async (name) => {
    expect(await failureOf(name)).toMatchObject({
      kind: "timeout",
      errorType: "Sandbox.Timedout",
      errorMessage: expect.stringMatching(
        /^RequestId: [0-9a-f-]{36} Error: Task timed out after 0\.20 seconds$/,
      ),
    });
  });

  it.each([
    ["exits", "Runtime.ExitError", "exit status 7"],
    ["neverSettles", "Runtime.ExitError", "exited without providing a reason"],
    ["rejects", "Runtime.UnhandledPromiseRejection", "Error: forgotten"],
    ["hungry", "Runtime.ExitError", "SIGABRT"],
  ])("crashes as Lambda does when the handler %s, and is replaced", async (name, errorType, message) => {
    const failure = await failureOf(name);
    expect(failure).toMatchObject({ kind: "crash", errorType });
    expect(failure.errorMessage).toContain(message);
    expect(await failureOf(name)).toMatchObject({ kind: "crash", errorType });
  });

  it.each([
    ["failsInit", "Error", "no config"],
    ["exitsInInit", "Runtime.ExitError", "exit status 3"],
    ["missing", "Runtime.HandlerNotFound", "missing.handler is undefined or not exported"],
    ["callback", "Runtime.CallbackHandlerDeprecated", "async function"],
    ["streams", "Runtime.StreamingUnsupported", "return the whole response"],
  ])("reports an init error of %s", async (name, errorType, message) => {
    const failure = await failureOf(name);
    expect(failure).toMatchObject({ kind: "init-error", errorType });
    expect(failure.errorMessage).toContain(message);
  });

  it("gives up on initialisation that takes too long", async () => {
    const folder = await temporaryFolder();
    const bootstrap = join(folder, "bootstrap.mjs");
    await writeFile(bootstrap, "for (;;) {}");
    const reaper = startReaper();
    const environment = await startEnvironment({
      fn: functionNamed("stuck", "stuck.ts"),
      bundle: { taskRoot: folder, handler: "stuck.handler" },
      bootstrap,
      region: "us-east-1",
      serviceEnvironment: {},
      reaper,
      onLine: () => {},
      initMs: 100,
    });
    const outcome = await environment.invoke({ requestId: "r", payload: "{}" });
    expect(outcome).toMatchObject({
      kind: "init-error",
      payload: expect.stringContaining("longer than 0.10 seconds"),
    });
    await environment.exited;
    await reaper.stop();
  });

  it("fails a response above 6 MB", async () => {
    expect(await failureOf("large")).toMatchObject({
      kind: "error",
      errorType: "Function.ResponseSizeTooLarge",
    });
  });
});
