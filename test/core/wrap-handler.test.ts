import { type Call, fromLambda, type LambdaCall, wrap, wrapHandler } from "holdfast";
import { fakeContext, manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";

test("the call's deadline is the invocation's remaining time", async () => {
  const clock = manualRuntime();
  const handler = wrapHandler(async (_event: unknown, call) => call.deadlineMs - clock.now());
  expect(await handler({}, fakeContext({ runtime: clock, timeoutMs: 1_234 }))).toBe(1_234);
});

test("a host without getRemainingTimeInMillis, or without a context, sets no deadline", async () => {
  const handler = wrapHandler(async (_event: unknown, call) => call.deadlineMs);
  expect(await handler({}, {} as never)).toBe(Number.POSITIVE_INFINITY);
  expect(await handler({}, undefined as never)).toBe(Number.POSITIVE_INFINITY);
});

test("what wakes after the handler has answered starts nothing through its call", async () => {
  let effects = 0;
  const effect = wrap(async () => {
    effects += 1;
  });
  let kept: Call | undefined;
  const handler = wrapHandler(async (_event: unknown, call) => {
    kept = call;
    return "answered";
  });
  expect(await handler({}, fakeContext())).toBe("answered");
  await expect(effect(undefined, kept as Call)).rejects.toMatchObject({ code: "CALL_ENDED" });
  expect(effects).toBe(0);
});

test("invocations interleaved in one process keep their own contexts and deadlines", async () => {
  const clock = manualRuntime();
  const handler = wrapHandler(async (delayMs: number, call) => {
    await new Promise<void>((resolve) => clock.setTimer(delayMs, resolve));
    return [call.context.awsRequestId, call.deadlineMs];
  });
  const contexts = [
    fakeContext({ runtime: clock, timeoutMs: 900 }),
    fakeContext({ runtime: clock, timeoutMs: 500 }),
  ];
  const answers = await clock.run(
    Promise.all([handler(300, contexts[0] as never), handler(100, contexts[1] as never)]),
  );
  expect(answers).toEqual([
    [contexts[0]?.awsRequestId, 1_700_000_000_900],
    [contexts[1]?.awsRequestId, 1_700_000_000_500],
  ]);
});

test("a handler has two parameters, so Lambda does not take it for a callback handler", () => {
  expect(wrapHandler(async () => 1)).toHaveLength(2);
});

test("a response-streaming handler is refused with what to do, beneath and above", async () => {
  const streaming = Object.assign(async () => {}, {
    [Symbol.for("aws.lambda.runtime.handler.streaming")]: "response",
  });
  expect(() => wrapHandler(streaming)).toThrow(expect.objectContaining({ code: "STREAMING_HANDLER" }));
  expect(() => fromLambda(streaming as never)).toThrow(/streamifyResponse/);
  const handler = wrapHandler(async () => 1);
  const responseStream = { write: () => true, end: () => {} };
  await expect(handler({}, responseStream as never)).rejects.toMatchObject({ code: "STREAMING_HANDLER" });
});

test("fromLambda passes event and context, and takes both promises and callbacks", async () => {
  const call = { context: fakeContext({ functionName: "f" }) } as LambdaCall;
  const promised = fromLambda(
    async (event: string, context: { functionName: string }) => event + context.functionName,
  );
  expect(await promised("e", call)).toBe("ef");
  const withCallback = fromLambda<string, string>(((
    event: string,
    _context: unknown,
    done: (e: unknown, r: string) => void,
  ) => {
    done(null, `${event}!`);
  }) as never);
  expect(await withCallback("e", call)).toBe("e!");
  const failing = fromLambda<string, string>(((
    _event: string,
    _context: unknown,
    done: (e: unknown) => void,
  ) => {
    done(new Error("by callback"));
  }) as never);
  await expect(failing("e", call)).rejects.toThrow("by callback");
});
