import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Harness, startHandlers } from "../../examples/local/lambda/fixtures.ts";
import { officialClient, told } from "./both.ts";

const handlers: Parameters<typeof startHandlers>[0] = {
  context: {
    source: `
      export const handler = async (event, context) => ({
        event,
        context: { ...context, logStreamName: typeof context.logStreamName, xRayTraceId: typeof context.xRayTraceId },
        names: Object.keys(context).sort(),
        remaining: Math.round(context.getRemainingTimeInMillis() / 1000),
        deadlineIsNumber: Number.isInteger(context.getRemainingTimeInMillis()),
        trace: process.env._X_AMZN_TRACE_ID === context.xRayTraceId,
        cwd: process.cwd() === process.env.LAMBDA_TASK_ROOT,
        variables: Object.keys(process.env).filter((name) => name.startsWith("AWS_") || name.startsWith("_")).sort(),
      });`,
    over: { timeoutSeconds: 7, memoryMb: 256, environment: { GREETING: "hello" } },
  },
  synchronous: `export const handler = (event) => ({ now: event });`,
  nothing: `export const handler = async () => {};`,
  nothingAtOnce: `export const handler = () => undefined;`,
  text: `export const handler = async () => "text with \\u2028 and 😀";`,
  numbers: `export const handler = async () => [NaN, -0, 1e21, new Date(0)];`,
  throws: `class OrderError extends Error { name = "OrderError"; } export const handler = async () => { throw new OrderError("no such order"); };`,
  throwsAtOnce: `export const handler = () => { throw new TypeError("at once"); };`,
  throwsText: `export const handler = async () => { throw "plain"; };`,
  throwsNothing: `export const handler = async () => { throw undefined; };`,
  throwsObject: `export const handler = async () => { throw { code: 5 }; };`,
  circular: `export const handler = async () => { const a = {}; a.a = a; return a; };`,
  bigint: `export const handler = async () => 5n;`,
  aFunction: `export const handler = async () => () => 1;`,
  deleted: `export const handler = async () => { throw new Error("del \\x7f"); };`,
  hangs: {
    source: `export const handler = () => new Promise(() => setInterval(() => {}, 1000));`,
    over: { timeoutSeconds: 0.3 },
  },
  spins: { source: `export const handler = () => { for (;;) {} };`, over: { timeoutSeconds: 0.3 } },
  exits: `export const handler = async () => { process.exit(7); };`,
  kills: `export const handler = async () => { process.kill(process.pid, "SIGKILL"); await new Promise(() => {}); };`,
  neverSettles: `export const handler = () => new Promise(() => {});`,
  rejects: `export const handler = async () => { Promise.reject(new Error("forgotten")); await new Promise((r) => setTimeout(r, 500)); };`,
  uncaught: `export const handler = async () => { setTimeout(() => { throw new Error("later"); }, 1); await new Promise((r) => setTimeout(r, 500)); };`,
  large: `export const handler = async () => "x".repeat(6 * 1024 * 1024 + 200);`,
  failsInit: `throw new Error("no config"); export const handler = async () => 1;`,
  exitsInInit: `process.exit(3); export const handler = async () => 1;`,
  missing: `export const handlr = async () => 1;`,
  noFunction: `export const handler = 5;`,
  callback: `export const handler = (event, context, callback) => callback(null, 1);`,
};

/** Where our bootstrap answers otherwise, and what AWS's client does. One that is gone must leave this list. */
const differences: Readonly<Record<string, string>> = {
  aFunction:
    "a result without JSON text, as of a function, is a TypeError, 'Wrong arguments'; ours returns null",
  deleted: "the character DEL in an error's texts is written %7F",
  rejects:
    "the process ends with status 1, as Node.js does by itself: Runtime.ExitError; ours names the rejection",
  uncaught: "the same; ours names the exception",
  callback: "its own words for the same Runtime.CallbackHandlerDeprecated",
};

describe("through AWS's runtime client a function answers as through our bootstrap", () => {
  let ours: Harness;
  let official: Harness;
  beforeAll(async () => {
    ours = await startHandlers(handlers);
    official = await startHandlers(handlers, { runtime: officialClient() });
  });
  afterAll(async () => {
    await ours.stop();
    await official.stop();
  });

  const invoke = async (harness: Harness, name: string): Promise<unknown> =>
    told(await harness.lambda.invoke(harness.arn(name), '{"order":"ü","n":[1,null]}', { source: "test" }));

  test.for(Object.keys(handlers))("%s", async (name) => {
    // Twice, for the second invocation finds the environment warm, or a new one after a crash.
    for (const _time of [1, 2]) {
      const [here, there] = [await invoke(ours, name), await invoke(official, name)];
      if (differences[name] === undefined) expect(here).toEqual(there);
      else expect(here, "it is listed as a difference").not.toEqual(there);
    }
  });
});
