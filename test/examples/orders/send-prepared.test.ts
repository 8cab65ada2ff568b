import type { BulkResult } from "holdfast/batching";
import { describe, expect, it } from "vitest";
import { sendPrepared } from "../../../examples/orders/src/send-prepared.ts";

const reason = new Error("no such customer");
const ready = (value: number): PromiseSettledResult<number> => ({ status: "fulfilled", value });
const failed: PromiseSettledResult<number> = { status: "rejected", reason };

describe("sending what could be prepared", () => {
  it("sends nothing of what failed, and gives each its own result in order", async () => {
    const sent: number[] = [];
    const refused = { ok: false, error: new Error("too large") } as const;
    const results = await sendPrepared([ready(1), failed, ready(2), failed], (values) => {
      sent.push(...values);
      return Promise.resolve(values.map((value): BulkResult => (value === 2 ? refused : { ok: true })));
    });
    expect(sent).toEqual([1, 2]);
    expect(results).toEqual([
      { ok: true },
      { ok: false, error: reason },
      refused,
      { ok: false, error: reason },
    ]);
  });

  it("fails what the sender gave no result for", async () => {
    const results = await sendPrepared([ready(1), ready(2)], () => Promise.resolve([{ ok: true }]));
    expect(results[0]).toEqual({ ok: true });
    expect(results[1]?.ok).toBe(false);
  });

  it("fails as a whole when the sender does", async () => {
    const sending = sendPrepared([ready(1)], () => Promise.reject(reason));
    await expect(sending).rejects.toBe(reason);
  });
});
