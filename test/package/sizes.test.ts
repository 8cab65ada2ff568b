import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { entries } from "../../tools/entries.ts";

/**
 * Bytes, minified and gzipped, that importing all of a subpath may add to a function's bundle: what it weighed when
 * this was last set, and some 15 %. A feature that is worth more raises its line, in the same change.
 */
const budgets: Readonly<Record<keyof typeof entries, number>> = {
  ".": 3_850,
  "./idempotency": 6_700,
  "./idempotency/memory": 1_150,
  "./idempotency/dynamodb": 3_800,
  "./retry": 3_100,
  "./batching": 9_200,
  "./events": 10_450,
  "./observability": 3_800,
  "./aws/dynamodb": 2_000,
  "./aws/eventbridge": 1_900,
  "./testing": 4_850,
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
