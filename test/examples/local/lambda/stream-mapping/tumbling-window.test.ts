import { afterEach, describe, expect, test } from "vitest";
import { eventually } from "../fixtures.ts";
import { failed, type Invocation, ok, queueArn, setUp, stopAll, streamArn } from "./set-up.ts";

afterEach(stopAll);

/** Counts records in the state, as the page's example does. */
function count({ event, values }: Invocation) {
  const { n = 0 } = event["state"] as { n?: number };
  return ok({ state: { n: n + values.length } });
}

const finals = (invocations: readonly Invocation[]) =>
  invocations.filter(({ event }) => event["isFinalInvokeForWindow"] === true);

describe("a tumbling window", () => {
  test("carries its state from batch to batch, and ends with it", async () => {
    const { invocations, settled } = await setUp({
      before: [..."abcde"],
      answer: count,
      speed: 100,
      mapping: { tumblingWindowSeconds: 60, batchSize: 2 },
    });
    await settled();
    const total = finals(invocations).reduce(
      (sum, { event }) => sum + (event["state"] as { n: number }).n,
      0,
    );
    expect(total).toBe(5);
    const [first] = invocations;
    expect(first?.event).toMatchObject({
      state: {},
      shardId: "shardId-000000000000",
      eventSourceARN: streamArn,
      isFinalInvokeForWindow: false,
      isWindowTerminatedEarly: false,
    });
    const [window] = invocations.map(({ event }) => event["window"] as { start: string; end: string });
    const { start = "", end = "" } = window ?? {};
    expect(Date.parse(end) - Date.parse(start)).toBe(600);
    expect(finals(invocations).every(({ values }) => values.length === 0)).toBe(true);
    expect(invocations.at(-1)?.event["isFinalInvokeForWindow"]).toBe(true);
  });

  test("begins anew with an empty state, and never mixes records of two", async () => {
    const { invocations, put, settled } = await setUp({
      answer: count,
      speed: 1_000,
      mapping: { tumblingWindowSeconds: 20 },
    });
    for (const value of "abcdefgh") {
      await put(value);
      await new Promise((resolve) => setTimeout(resolve, 6));
    }
    await settled();
    const ends = finals(invocations);
    expect(ends.length).toBeGreaterThan(1);
    expect(ends.reduce((sum, { event }) => sum + (event["state"] as { n: number }).n, 0)).toBe(8);
    const starts = invocations.map(({ event }) => Date.parse((event["window"] as { start: string }).start));
    expect([...starts].sort((x, y) => x - y)).toEqual(starts);
  });

  test("leaves room for its state in what the function gets", async () => {
    const megabyte = "x".repeat(1_040_000);
    const state = { big: "x".repeat(900_000) };
    const { values, mapping } = await setUp({
      before: Array.from({ length: 8 }, () => megabyte),
      answer: () => ok({ state }),
      speed: 1,
      mapping: { tumblingWindowSeconds: 900 },
    });
    await eventually(() => values().length === 8);
    expect(await mapping.pending()).toBe(1);
  });

  test("fails an answer without a state, and hands the old state to the retry", async () => {
    const { invocations, settled } = await setUp({
      before: ["a"],
      answer: (invocation, call) => (call === 1 ? ok() : call === 2 ? failed : count(invocation)),
      speed: 1_000,
      mapping: { tumblingWindowSeconds: 20 },
    });
    await settled();
    expect(invocations.slice(0, 3).map(({ values, event }) => [values, event["state"]])).toEqual([
      [["a"], {}],
      [["a"], {}],
      [["a"], {}],
    ]);
    expect(finals(invocations)).toHaveLength(1);
  });

  test("ends early when its state is larger than 1 MB, and goes on with none", async () => {
    const { invocations, mapping } = await setUp({
      before: ["a", "b"],
      answer: ({ values }) => ok({ state: values.includes("a") ? { big: "x".repeat(1_048_576) } : { n: 1 } }),
      speed: 1,
      mapping: { tumblingWindowSeconds: 900, batchSize: 1 },
    });
    await eventually(() => invocations.length === 3);
    const [, early, next] = invocations;
    expect(early?.event).toMatchObject({
      isFinalInvokeForWindow: true,
      isWindowTerminatedEarly: true,
      Records: [],
    });
    expect(next?.event["state"]).toEqual({});
    expect(next?.values).toEqual(["b"]);
    // The window is still open.
    expect(await mapping.pending()).toBe(1);
  });

  test("whose end fails is retried as a batch would be, and given up in the same way", async () => {
    const { invocations, facts, settled } = await setUp({
      before: ["a"],
      answer: (invocation) =>
        invocation.event["isFinalInvokeForWindow"] === true ? failed : count(invocation),
      speed: 1_000,
      mapping: { tumblingWindowSeconds: 20, maximumRetryAttempts: 1, onFailureArn: queueArn },
    });
    await settled();
    expect(finals(invocations)).toHaveLength(2);
    expect(facts).toEqual([
      expect.objectContaining({ type: "dropped", reason: expect.stringContaining("state") }),
    ]);
  });
});
