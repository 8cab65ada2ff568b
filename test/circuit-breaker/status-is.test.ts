import { rootCall, wrap } from "holdfast";
import { circuitBreaker, consecutiveFailures, statusIs } from "holdfast/circuit-breaker";
import { describe, expect, test } from "vitest";

describe("statusIs", () => {
  const isBusy = statusIs(429, 503);

  test.each([
    ["a fetch Response", new Response(null, { status: 503 })],
    ["undici's answer", { statusCode: 429, headers: {} }],
    [
      "an error of the AWS SDK",
      Object.assign(new Error("slow down"), { $metadata: { httpStatusCode: 503 } }),
    ],
    ["an error of axios", Object.assign(new Error("busy"), { response: { status: 429 } })],
  ])("finds the status of %s", (_, answer) => {
    expect(isBusy(answer)).toBe(true);
  });

  test.each([
    [new Response()],
    [{ statusCode: 500 }],
    [new Error("reset")],
    [undefined],
    [null],
    ["503"],
    [503],
  ])("says no of %j", (answer) => {
    expect(isBusy(answer)).toBe(false);
  });

  test.each([[[]], [[42]], [[600]], [[429.5]], [["503"]]])("refuses %j where it is made", (statuses) => {
    expect(() => statusIs(...(statuses as number[]))).toThrow("statusIs");
  });

  test("as failureWhen, five 503 in a row open the circuit, although nothing is thrown", async () => {
    const bank = circuitBreaker<{ status: number }>({
      name: "bank",
      trip: consecutiveFailures(),
      failureWhen: statusIs(429, 503),
    });
    const ask = wrap(async (status: number) => ({ status }), bank);
    using call = rootCall();
    for (const status of [503, 503, 200, 429, 503, 503, 429]) await ask(status, call);
    expect(bank.state(call)).toBe("closed");
    await ask(503, call);
    expect(bank.state(call)).toBe("open");
  });
});
