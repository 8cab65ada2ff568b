import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PutObjectCommand } from "@aws-sdk/client-s3";
import { expect, it, vi } from "vitest";
import { startCloud } from "../../../examples/local/cloud.ts";
import { faultDecisions } from "../../../examples/local/faults/decide.ts";
import { tableByKey } from "../../../examples/local/run/tables.ts";

/** Continuations of awaits in one cold run of the function: its code, holdfast's and the AWS clients'. A few less as a rule. */
const AWAITS = 430;
/** Every await takes minutes, for each is a process that is started and killed: HOLDFAST_KILL_STRIDE=1 asks for it. */
const STRIDE = Number(process.env["HOLDFAST_KILL_STRIDE"] ?? 18);

vi.setConfig({ testTimeout: 60_000 + (AWAITS / STRIDE) * 3_000 });

it("a function's process that is killed at any of its awaits leaves each log counted exactly once", async (test) => {
  const moments = Array.from({ length: Math.ceil(AWAITS / STRIDE) }, (_, n) => 1 + n * STRIDE);
  const plan = {
    invocations: moments.map((atAwait, n) => ({
      do: "kill" as const,
      function: "ProcessLogFunction",
      at: { atAwait },
      nth: n + 1,
    })),
  };
  const buildDir = await mkdtemp(join(tmpdir(), "logs-killed-"));
  test.onTestFinished(() => rm(buildDir, { recursive: true, force: true }));
  let killed = 0;
  const cloud = await startCloud({
    stacks: [
      {
        file: fileURLToPath(new URL("../../../examples/log-processing/template.yaml", import.meta.url)),
        name: "logs",
        parameters: { FunctionTimeout: "3" },
      },
    ],
    buildDir,
    speed: 15,
    faults: faultDecisions(plan, 1),
    observe: ({ type }) => {
      if (type === "killed") killed += 1;
    },
  });
  test.onTestFinished(() => cloud.stop());
  const [stack] = cloud.stacks;
  const Bucket = stack?.buckets[0]?.name;
  if (stack === undefined || Bucket === undefined) throw new Error("the template made no bucket");
  for (const moment of moments) {
    const Key = `killed-at-${moment}.log`;
    await cloud.clients.s3.send(new PutObjectCommand({ Bucket, Key, Body: "ERROR one\nfine\nERROR two\n" }));
  }
  await cloud.idle();

  const { dynamodb } = cloud.clients;
  const processed = await tableByKey(dynamodb, stack, "ProcessedLogsTable");
  expect([...processed.values()].map((item) => item["error_count"]?.N)).toEqual(moments.map(() => "2"));
  const days = [...(await tableByKey(dynamodb, stack, "DailyErrorsTable")).values()];
  const sum = (name: string) => days.reduce((total, day) => total + Number(day[name]?.N), 0);
  expect([sum("logs"), sum("errors")]).toEqual([moments.length, 2 * moments.length]);
  // Runs in a process that has run before await less, and end before their moment comes.
  expect(killed).toBeGreaterThan(moments.length / 3);
});
