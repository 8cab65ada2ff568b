import { describe, expect, test } from "vitest";
import type { InvokeResult } from "../../../../../examples/local/lambda/invocation.ts";
import { verdictOf } from "../../../../../examples/local/lambda/stream-mapping/checkpoint.ts";

const ok = (payload: unknown): InvokeResult => ({
  status: "ok",
  requestId: "r",
  payload: typeof payload === "string" ? payload : JSON.stringify(payload),
});
const batch = ["10", "11", "12"];
const reported = (...identifiers: readonly unknown[]) =>
  ok({ batchItemFailures: identifiers.map((itemIdentifier) => ({ itemIdentifier })) });

describe("a batch is done with", () => {
  test.each([
    ["a null response", ok("null")],
    ["an empty response", ok("")],
    ["an empty object", ok({})],
    ["a null list", ok({ batchItemFailures: null })],
    ["an empty list", ok({ batchItemFailures: [] })],
  ])("%s", (_what, result) => {
    expect(verdictOf(result, batch, true)).toEqual({ next: "done" });
  });

  test("any response, where partial ones are not asked for", () => {
    expect(verdictOf(reported("11"), batch, false)).toEqual({ next: "done" });
  });
});

describe("a batch comes again", () => {
  test.each([
    ["from the reported record on", reported("11"), 1],
    ["from the lowest that was reported, in whatever order", reported("12", "11"), 1],
    ["as a whole for an unknown identifier", reported("12", "99"), 0],
    ["as a whole for an empty identifier", reported(""), 0],
    ["as a whole for a null identifier", reported(null), 0],
    ["as a whole for a wrong key name", ok({ batchItemFailures: [{ id: "11" }] }), 0],
    ["as a whole for a response that is no JSON", ok("{"), 0],
    [
      "as a whole after an error",
      { status: "error", requestId: "r", kind: "timeout", payload: "" } as const,
      0,
    ],
  ])("%s", (_what, result, from) => {
    expect(verdictOf(result, batch, true)).toMatchObject({ next: "again", from, ran: true });
  });

  test("without counting when the function never ran", () => {
    const throttled: InvokeResult = { status: "throttled", requestId: "r", message: "Rate Exceeded." };
    expect(verdictOf(throttled, batch, true)).toMatchObject({ next: "again", ran: false });
  });
});
