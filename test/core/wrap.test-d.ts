import type { SQSHandler } from "aws-lambda";
import {
  type Call,
  deadline,
  deriveCall,
  type Fn,
  fromLambda,
  type LambdaCall,
  type Policy,
  rootCall,
  timeout,
  wrap,
  wrapHandler,
} from "holdfast";
import { expectTypeOf, test } from "vitest";

interface Entry {
  id: string;
  cents: number;
}
async function postEntry(entry: Entry): Promise<{ posted: true }> {
  return { posted: entry.cents > 0 } as { posted: true };
}
const neutral: Policy = { name: "neutral", run: (_input, call, next) => next(call) };
const looksAtInput = <I>(_look: (input: I) => string): Policy<I> => neutral;
const looksAtResult = <R>(_look: (result: R) => boolean): Policy<unknown, R> => neutral;

test("wrap keeps input, result and call as they are", () => {
  expectTypeOf(wrap(postEntry, neutral)).toEqualTypeOf<Fn<Entry, { posted: true }, Call>>();
  expectTypeOf(
    wrap(async (url: URL, call: Call) => fetch(url, { signal: call.signal }), timeout({ ms: 10 })),
  ).toEqualTypeOf<Fn<URL, Response, Call>>();
});

test("a policy's callbacks infer the input and the result from the function", () => {
  wrap(
    postEntry,
    looksAtInput((entry) => entry.id),
  );
  wrap(
    postEntry,
    looksAtResult((result) => result.posted),
  );
  const shared = looksAtInput((entry: { id: string }) => entry.id);
  expectTypeOf(wrap(postEntry, shared)).toEqualTypeOf<Fn<Entry, { posted: true }, Call>>();
});

test("a policy that looks at what is not there is refused", () => {
  const wrong = looksAtInput((entry: { nope: string }) => entry.nope);
  // @ts-expect-error the input has no such field
  wrap(postEntry, wrong);
  // @ts-expect-error a typo
  const typo = (entry: Entry): string => entry.idd;
  wrap(postEntry, looksAtInput(typo));
});

test("forgetting the call does not compile, nor does a function of two inputs", async () => {
  const post = wrap(postEntry, neutral);
  // @ts-expect-error the call is missing
  post({ id: "a", cents: 1 });
  const callBank = async (account: string, cents: number): Promise<string> => account + cents;
  // @ts-expect-error the second argument is the call
  wrap(callBank, neutral);
  expectTypeOf(await post({ id: "a", cents: 1 }, rootCall({ timeoutMs: 5_000 }))).toEqualTypeOf<{
    posted: true;
  }>();
});

test("spreading a call does not compile, deriving it does", () => {
  const post = wrap(postEntry, neutral);
  const call: Call = rootCall();
  // @ts-expect-error the lazy signal would be lost
  post({ id: "a", cents: 1 }, { ...call, attempt: 2 });
  post({ id: "a", cents: 1 }, deriveCall(call, { attempt: 2 }));
});

test("a handler's call carries the context, also through policies", () => {
  wrapHandler(
    async (entry: Entry, call) => {
      expectTypeOf(call).toExtend<LambdaCall>();
      return call.context.awsRequestId + entry.id;
    },
    deadline({ reserveMs: 500 }),
  );
});

test("handlers typed by @types/aws-lambda fit on both sides", () => {
  const existing: SQSHandler = async (event) => ({
    batchItemFailures: event.Records.map((r) => ({ itemIdentifier: r.messageId })),
  });
  const wrapped: SQSHandler = wrapHandler(fromLambda(existing), neutral);
  expectTypeOf(wrapped).toBeFunction();
});

test("a policy may spread the call it was given: its type is a parameter there, and wrap mends it", () => {
  const again: Policy = {
    name: "again",
    async run(_input, call, next) {
      return next({ ...call, attempt: call.attempt + 1 });
    },
  };
  expectTypeOf(wrap(postEntry, again)).toEqualTypeOf<Fn<Entry, { posted: true }, Call>>();
});
