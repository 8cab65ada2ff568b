import { describe, expect, it } from "vitest";
import { badLines, settledLines } from "../../../examples/local/run/log-lines.ts";
import { startTally } from "../../../examples/local/run/tally.ts";

const fields = {
  timestamp: "2026-11-03T09:14:07.400Z",
  event_type: "OrderPlaced",
  duration_ms: 12,
  function_name: "store",
  attempt: 1,
  outcome: "ok",
  correlation_id: "order-placed/order-1",
};

function logged(...lines: readonly unknown[]) {
  let now = 0;
  const tally = startTally(() => ++now);
  for (const line of lines) {
    const text = typeof line === "string" ? line : JSON.stringify(line);
    tally.count({ type: "log", functionName: "store", requestId: "r", line: text });
  }
  return tally;
}

describe("the settled events in a function's log", () => {
  it("count from their first line that says ok", () => {
    const { logs } = logged({ ...fields, outcome: "failed" }, fields, fields);
    expect([...settledLines(logs, "store")]).toEqual([["order-placed/order-1", 2]]);
  });

  it("are not those that were only put aside", () => {
    const { logs } = logged({ ...fields, skipped: true }, fields);
    expect([...settledLines(logs, "store")]).toEqual([["order-placed/order-1", 2]]);
  });

  it("are only those of the function", () => {
    expect(settledLines(logged(fields).logs, "other").size).toBe(0);
  });
});

describe("the lines of a run", () => {
  it("are fine when each has an event's fields", () => {
    expect(badLines(logged(fields))).toEqual([]);
  });

  it.each(Object.keys(fields).filter((name) => name !== "correlation_id"))("are bad without %s", (name) => {
    const { [name as keyof typeof fields]: _, ...rest } = fields;
    expect(badLines(logged(rest))).toEqual([`store lacks ${name}`]);
  });

  it("are a runtime's own when it says what no handler caught, and counted apart", () => {
    const error = { errorType: "Error", errorMessage: "no", stackTrace: [] };
    const tally = logged({ timestamp: "now", level: "ERROR", requestId: "r", message: error });
    const text = `2026-11-25T10:00:00.000Z\tid-1\tERROR\tInvoke Error \t${JSON.stringify(error)}`;
    tally.count({ type: "log", functionName: "store", requestId: "r", line: text });
    expect([badLines(tally), [...tally.runtimeErrors]]).toEqual([[], [["store: Error: no", 2]]]);
  });

  it("are bad when something else is written, and not for the kill switch's own warning", () => {
    expect(badLines(logged("holdfast: HOLDFAST_DISABLE takes idempotency away", "debug"))).toEqual(["debug"]);
  });

  it("may be cut, one for each worker that was killed or frozen, and no more", () => {
    const cut = JSON.stringify(fields).slice(0, 50);
    const tally = logged(cut, cut.slice(0, 40), cut.slice(0, 30));
    tally.count({ type: "killed", functionName: "store", requestId: "r" });
    tally.count({ type: "frozen", functionName: "store", requestId: "r" });
    expect(badLines(tally)).toEqual([cut.slice(0, 30)]);
    expect(badLines(logged(cut))).toEqual([cut]);
  });
});
