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
  ".": 4_700,
  "./idempotency": 12_800,
  "./idempotency/steps": 18_000,
  "./idempotency/memory": 2_000,
  "./idempotency/dynamodb": 7_150,
  "./idempotency/results": 5_400,
  "./idempotency/admin": 5_950,
  "./idempotency/redis": 7_250,
  "./idempotency/postgres": 9_550,
  "./retry": 6_450,
  "./circuit-breaker": 10_900,
  "./circuit-breaker/dynamodb": 1_800,
  "./idempotency/http": 17_250,
  "./batching": 17_950,
  "./events": 11_350,
  "./observability": 5_000,
  "./object-store": 3_400,
  "./crypto": 2_050,
  "./aws/dynamodb": 2_550,
  "./aws/eventbridge": 2_450,
  "./aws/kms": 2_500,
  "./aws/s3": 2_500,
  "./testing": 17_500,
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
