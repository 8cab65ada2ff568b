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

test("a handler that fails rejects with its error as it was thrown, and ends its call as well", async () => {
  const error = new Error("failed");
  let kept: Call | undefined;
  const handler = wrapHandler(async (_event: unknown, call) => {
    kept = call;
    throw error;
  });
  await expect(handler({}, fakeContext())).rejects.toBe(error);
  await expect(wrap(async () => 1)(undefined, kept as Call)).rejects.toMatchObject({ code: "CALL_ENDED" });
});

test.each([["text"], [Number.NaN], [Number.POSITIVE_INFINITY], [undefined]])(
  "a host whose remaining time is %s sets no deadline",
  async (remaining) => {
    const context = { ...fakeContext(), getRemainingTimeInMillis: () => remaining as number };
    const handler = wrapHandler(async (_event: unknown, call) => call.deadlineMs);
    expect(await handler({}, context)).toBe(Number.POSITIVE_INFINITY);
  },
);

test("a host's context that merely has a member named write is no stream", async () => {
  const handler = wrapHandler(async (_event: unknown, call) => call.context.functionName);
  const context = { ...fakeContext({ functionName: "f" }), write: "no function" };
  expect(await handler({}, context)).toBe("f");
  expect(await wrapHandler(async () => "ran")({}, null as never)).toBe("ran");
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

test("fromLambda takes the promise of a handler that declares a callback", async () => {
  const call = { context: fakeContext() } as LambdaCall;
  const declaring = fromLambda<string, string>((async (event: string, _context: unknown, _done: unknown) => {
    if (event === "bad") throw new Error("by promise");
    return `${event}!`;
  }) as never);
  expect(await declaring("e", call)).toBe("e!");
  await expect(declaring("bad", call)).rejects.toThrow("by promise");
});

test("fromLambda takes a callback without an error, as undefined or null, for an answer", async () => {
  const call = { context: fakeContext() } as LambdaCall;
  const answering = (error: unknown) =>
    fromLambda<string, string>(((
      _event: string,
      _context: unknown,
      done: (e: unknown, r: string) => void,
    ) => {
      done(error, "answer");
    }) as never);
  expect(await answering(undefined)("e", call)).toBe("answer");
  expect(await answering(null)("e", call)).toBe("answer");
});

test("fromLambda gives a handler without a callback parameter none", async () => {
  let given: unknown[] = [];
  const handler = fromLambda<string, void>((async (...all: unknown[]) => {
    given = all;
  }) as never);
  const context = fakeContext();
  await handler("e", { context } as LambdaCall);
  expect(given).toEqual(["e", context]);
});

test.each([
  ["wrapHandler", () => wrapHandler({} as never)],
  ["fromLambda", () => fromLambda({} as never)],
  ["wrap", () => wrap({} as never)],
])("%s without a function is refused by its name", (name, make) => {
  expect(make).toThrow(new RegExp(`^${name}: it`));
});

test("fromLambda serves a callback handler whatever it returns: (…, done) => setTimeout(…)", async () => {
  const handler = fromLambda<string, string>(((
    _event: string,
    _context: unknown,
    done: (e: null, r: string) => void,
  ) => setTimeout(() => done(null, "late"), 1)) as never);
  expect(await handler("e", { context: fakeContext() } as LambdaCall)).toBe("late");
});
