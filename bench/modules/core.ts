/** What a handler pays for its policies, beside middy with as many middlewares. */
import middy from "@middy/core";
import { deadline, type LambdaContext, observed, type Policy, timeout, wrapHandler } from "holdfast";
import { logged } from "holdfast/observability";
import { retry } from "holdfast/retry";
import { measure } from "../harness.ts";
import { againstBudget, besidePeer, type Row } from "../row.ts";

interface Event {
  readonly id: string;
}

const FIVE = [1, 2, 3, 4, 5] as const;
const event: Event = { id: "order-1" };
const invocationEndMs = Date.now() + 900_000;
const context: LambdaContext = {
  functionName: "bench",
  functionVersion: "$LATEST",
  invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:bench",
  memoryLimitInMB: "128",
  awsRequestId: "00000000-0000-0000-0000-000000000000",
  logGroupName: "/aws/lambda/bench",
  logStreamName: "bench",
  getRemainingTimeInMillis: () => invocationEndMs - Date.now(),
};

export async function rows(): Promise<readonly Row[]> {
  const noop = async (input: Event): Promise<Event> => input;
  const plain: Policy = { name: "plain", run: (_input, call, next) => next(call) };
  const ours = wrapHandler(noop, ...FIVE.map(() => plain));
  const oursReal = wrapHandler(
    noop,
    observed(() => {}),
    logged({ write: () => {} }),
    deadline({ reserveMs: 500 }),
    retry({ maxAttempts: 4 }),
    timeout({ ms: 2_000 }),
  );
  const oursNone = wrapHandler(noop);
  const before = { before: (): void => {} };
  const around = { before: (): void => {}, after: (): void => {} };
  const untimed = { timeoutEarlyInMillis: 0 };
  const middyBefore = middy(noop, untimed).use(FIVE.map(() => before));
  const middyAround = middy(noop, untimed).use(FIVE.map(() => around));
  const middyTimed = middy(noop).use(FIVE.map(() => around));
  // middy takes Lambda's full context, of which it reads getRemainingTimeInMillis alone.
  const full = context as Parameters<typeof middyBefore>[1];

  const ns = await measure([
    { name: "bare", run: () => noop(event) },
    { name: "ours", run: () => ours(event, context) },
    { name: "oursReal", run: () => oursReal(event, context) },
    { name: "oursNone", run: () => oursNone(event, context) },
    { name: "middyBefore", run: () => middyBefore(event, full) },
    { name: "middyAround", run: () => middyAround(event, full) },
    { name: "middyTimed", run: () => middyTimed(event, full) },
  ] as const);
  const perPolicy = (samples: readonly number[]): number[] =>
    samples.map((value, round) => (value - (ns.bare[round] ?? Number.NaN)) / FIVE.length);

  const title = (name: string, target?: number) => ({
    module: "core",
    name,
    unit: "ns",
    ...(target === undefined ? {} : { target }),
  });
  return [
    besidePeer(
      title("five plain policies", 0.5),
      ns.ours,
      "middy, five before, no early timeout",
      ns.middyBefore,
    ),
    besidePeer(
      title("five plain policies", 0.5),
      ns.ours,
      "middy, five before and after, no early timeout",
      ns.middyAround,
    ),
    besidePeer(
      title("observed, logged, deadline, retry, timeout"),
      ns.oursReal,
      "middy, five before and after, its early timeout",
      ns.middyTimed,
    ),
    againstBudget(title("a plain policy, (five - bare function) / 5", 100), perPolicy(ns.ours)),
    againstBudget(title("a real policy, (five - bare function) / 5"), perPolicy(ns.oursReal)),
    againstBudget(title("wrapHandler without policies"), ns.oursNone),
    againstBudget(title("bare function"), ns.bare),
  ];
}
