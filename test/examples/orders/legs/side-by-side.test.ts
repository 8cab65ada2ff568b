import { describe, expect, it } from "vitest";
import type { LogLine } from "../../../../examples/local/run/tally.ts";
import type { Leg, Legs } from "../../../../examples/orders/scenario/legs.ts";
import { legsOf } from "../../../../examples/orders/scenario/legs.ts";
import { createdId } from "../../../../examples/orders/scenario/marketplace.ts";
import { comparison, publishSlowly, timesOf } from "../../../../examples/orders/scenario/side-by-side.ts";
import { order } from "../fixtures.ts";

const FUNCTIONS = ["PayOrderFunction", "ReserveStockFunction", "NotifyCustomerFunction"] as const;
const line = (
  functionName: string,
  atMs: number,
  durationMs: number,
  fields: Readonly<Record<string, unknown>> = {},
): LogLine => ({
  functionName: `orders-${functionName}`,
  atMs,
  fields: {
    correlation_id: createdId("order-1"),
    attempt: 1,
    outcome: "ok",
    duration_ms: durationMs,
    ...fields,
  },
});
const [PAY, RESERVE, NOTIFY] = FUNCTIONS;
const GOOD = [line(PAY, 1_750, 700), line(RESERVE, 1_040, 30), line(NOTIFY, 1_660, 600)];
const times = (logs: readonly LogLine[]) =>
  timesOf(new Map([["order-1", 1_000]]), legsOf({ logs }, { name: "orders" }) satisfies Legs);

describe("the times of an order", () => {
  it("are until its last leg is done, and what all of them took together", () => {
    expect(times(GOOD)).toEqual([{ sideBySideMs: 750, inTurnMs: 1_330 }]);
  });

  it("are told in words, the one beside the other", () => {
    expect(comparison(times(GOOD))).toMatch(
      /on 1 orders .* p50 750 ms, p95 750 ms.* take 1330 ms and 1330 ms/,
    );
  });

  it("go by the first line of each leg: a repeat is answered later", () => {
    expect(times([...GOOD, line(PAY, 9_000, 5, { replayed: true })])).toEqual(times(GOOD));
  });

  it.each([
    ["has not been done by one", GOOD.slice(1)],
    ["came again to one", [...GOOD.slice(1), line(PAY, 6_750, 700, { attempt: 2 })]],
    ["failed at first", [line(RESERVE, 1_020, 20, { outcome: "failed" }), ...GOOD]],
    ["was put aside at first", [line(PAY, 1_020, 20, { skipped: true }), ...GOOD]],
  ])("are not told of one that %s", (_, logs) => {
    expect(times(logs)).toEqual([]);
  });
});

it("a leg's lines are its own function's", () => {
  const legs = legsOf({ logs: GOOD }, { name: "orders" });
  const told = ({ lines, settled }: Leg) => [lines.length, settled.get(createdId("order-1"))];
  expect(Object.values(legs).map(told)).toEqual([
    [1, 1_750],
    [1, 1_040],
    [1, 1_660],
  ]);
});

it("systems outside take their time only until what was published is done", async () => {
  const seen: string[] = [];
  await publishSlowly([order({ orderId: "a" })], {
    shops: { publishOne: async ({ orderId }) => void seen.push(orderId) },
    latency: { take: (byName) => void seen.push(Object.keys(byName).join()) },
    signal: new AbortController().signal,
    settle: async () => void seen.push("settled"),
  });
  expect(seen).toEqual(["payments,notifications,accounting", "a", "settled", ""]);
});
