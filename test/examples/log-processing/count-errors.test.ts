import { rootCall } from "holdfast";
import { idempotent } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { manualRuntime } from "holdfast/testing";
import { describe, expect, it } from "vitest";
import { countErrors } from "../../../examples/log-processing/src/count-errors.ts";
import { readRecord } from "../../../examples/log-processing/src/log-object.ts";
import { recordOf } from "./fixtures.ts";

function cancelled(...codes: readonly string[]): Error {
  return Object.assign(new Error("Transaction cancelled"), {
    name: "TransactionCanceledException",
    $fault: "client",
    CancellationReasons: codes.map((Code) => ({ Code })),
  });
}

describe("while the table is throttled", () => {
  const log = readRecord(recordOf({ versionId: "v1" }));

  /** Counts a log with a table that refuses so many transactions; says how often the log was read. */
  async function countWhile(refusals: number, error: Error) {
    const clock = manualRuntime();
    const memory = memoryStore();
    let reads = 0;
    let left = refusals;
    async function* bytes() {
      yield Buffer.from("ERROR\n");
    }
    const count = idempotent(
      countErrors({
        read: async () => {
          reads += 1;
          return { contentEncoding: undefined, bytes: bytes() };
        },
        processedTable: "Processed",
        dailyTable: "Daily",
      }),
      {
        store: {
          ...memory,
          transact: (...given) => (left-- > 0 ? Promise.reject(error) : memory.transact(...given)),
        },
        operation: "count-errors",
        key: ({ logId }) => logId,
      },
    );
    const call = () => rootCall({ runtime: clock, timeoutMs: 30_000 });
    const first = await clock.run(count(log, call())).then(
      () => "counted",
      (reason: unknown) => reason,
    );
    return { first, reads, again: () => clock.run(count(log, call())), applied: memory.applied };
  }

  it("the transaction is sent again, and the log is read once", async () => {
    const { first, reads, applied } = await countWhile(5, cancelled("None", "ThrottlingError", "None"));
    expect({ first, reads, items: applied.length }).toEqual({ first: "counted", reads: 1, items: 2 });
  });

  it("the next delivery finds the key free when it lasts too long, and counts the log", async () => {
    const error = cancelled("ThrottlingError");
    const { first, again, applied } = await countWhile(6, error);
    expect(first).toBe(error);
    expect(applied).toHaveLength(0);
    expect(await again()).toEqual({ error_count: 1 });
    expect(applied).toHaveLength(2);
  });

  it("a refusal that will come again is not sent again", async () => {
    const error = cancelled("ValidationError");
    expect(await countWhile(1, error)).toMatchObject({ first: error, applied: [] });
  });
});
