import { rootCall } from "holdfast";
import { tumblingWindow } from "holdfast/batching";
import { expect, test } from "vitest";
import type { InvokeResult } from "../../examples/local/lambda/invocation.ts";
import { verdictOf } from "../../examples/local/lambda/stream-mapping/checkpoint.ts";
import {
  afterAnswer,
  type OpenWindow,
  windowFields,
} from "../../examples/local/lambda/stream-mapping/tumbling-window.ts";
import { kinesisEvent } from "./fixtures/kinesis.ts";

test("the local cloud's mapping keeps the state of what succeeded, and sends the rest again", async () => {
  const closed: number[] = [];
  let failures = 1;
  const window = tumblingWindow({
    initial: () => 0,
    add: (sum, n: number) => {
      if (n === 2 && failures-- > 0) throw new Error("no");
      return sum + n;
    },
    close: async (sum) => void closed.push(sum),
  });
  let open: OpenWindow = { window: { startMs: 0, endMs: 60_000 }, state: {} };
  let { Records } = kinesisEvent([1, 2, 3]);

  async function invoke(final: boolean): Promise<void> {
    const about = { shardId: "shard-0", streamArn: "arn:aws:kinesis:::stream/clicks", final, early: false };
    const answer = await window({ Records, ...windowFields(open, about) }, rootCall());
    const result: InvokeResult = { status: "ok", requestId: "r", payload: JSON.stringify(answer) };
    const numbers = Records.map(({ kinesis }) => kinesis.sequenceNumber);
    const after = afterAnswer(open, result, verdictOf(result, numbers, true));
    open = after.open;
    Records = after.verdict.next === "again" ? Records.slice(after.verdict.from) : [];
  }

  await invoke(false);
  expect(Records).toHaveLength(2);
  await invoke(false);
  expect(Records).toHaveLength(0);
  await invoke(true);
  expect(closed).toEqual([6]);
});
