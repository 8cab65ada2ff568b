import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { entries } from "../../tools/entries.ts";

/**
 * Bytes, minified and gzipped, that importing all of a subpath may add to a function's bundle: what it weighed when
 * this was last set, and some 10 %. A feature that is worth more raises its line, in the same change.
 */
const budgets: Readonly<Record<keyof typeof entries, number>> = {
  ".": 5_300,
  "./idempotency": 13_900,
  "./idempotency/steps": 18_000,
  "./idempotency/memory": 2_000,
  "./idempotency/dynamodb": 7_700,
  "./idempotency/results": 6_300,
  "./idempotency/admin": 6_300,
  "./idempotency/redis": 7_250,
  "./idempotency/postgres": 10_200,
  "./retry": 8_450,
  "./circuit-breaker": 15_150,
  "./circuit-breaker/dynamodb": 1_800,
  "./idempotency/http": 17_250,
  "./batching": 19_000,
  "./batching/targets/sqs": 2_600,
  "./batching/targets/sns": 2_600,
  "./batching/targets/eventbridge": 1_200,
  "./batching/targets/kinesis": 1_650,
  "./batching/targets/firehose": 1_250,
  "./batching/targets/dynamodb": 2_750,
  "./batching/targets/kafka": 2_000,
  "./events": 20_900,
  "./events/compiled": 6_000,
  "./events/store": 30_000,
  "./observability": 6_200,
  "./object-store": 3_950,
  "./crypto": 2_900,
  "./backup": 15_000,
  "./aws/client": 3_150,
  "./aws/dynamodb": 3_150,
  "./aws/eventbridge": 3_150,
  "./aws/kms": 3_150,
  "./aws/s3": 3_150,
  "./aws/sqs": 3_150,
  "./testing": 22_300,
};

async function gzippedBytes(file: string): Promise<number> {
  const { outputFiles } = await build({
    entryPoints: [file],
    absWorkingDir: fileURLToPath(new URL("../../", import.meta.url)),
    bundle: true,
    minify: true,
    write: false,
    format: "esm",
    platform: "node",
    target: "node22",
    packages: "external",
  });
  return gzipSync(outputFiles[0]?.contents ?? "", { level: 9 }).length;
}

test.each(Object.entries(entries))("%s stays within its size budget", async (subpath, file) => {
  const bytes = await gzippedBytes(file);
  const budget = budgets[subpath as keyof typeof entries];
  expect(bytes, `${subpath} is empty`).toBeGreaterThan(40);
  expect(bytes, `${subpath} weighs ${bytes} bytes gzipped`).toBeLessThanOrEqual(budget);
});
