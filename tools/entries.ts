/**
 * The one list of what the package offers: each subpath and the file it starts from.
 * tsup builds from it, vitest resolves by it, and a test holds package.json and tsconfig.json equal to it.
 */
import { fileURLToPath } from "node:url";

export const entries = {
  ".": "src/index.ts",
  "./idempotency": "src/idempotency/index.ts",
  "./idempotency/memory": "src/idempotency/stores/memory.ts",
  "./idempotency/dynamodb": "src/idempotency/stores/dynamodb/index.ts",
  "./idempotency/postgres": "src/idempotency/stores/postgres/index.ts",
  "./retry": "src/retry/index.ts",
  "./batching": "src/batching/index.ts",
  "./events": "src/events/index.ts",
  "./observability": "src/observability/index.ts",
  "./aws/dynamodb": "src/aws/dynamodb.ts",
  "./aws/eventbridge": "src/aws/eventbridge.ts",
  "./testing": "src/testing/index.ts",
} as const;

/** `dist` file name of a subpath, without ending: "./idempotency/memory" → "idempotency/memory". */
export function outputName(subpath: string): string {
  return subpath === "." ? "index" : subpath.slice(2);
}

/** Lets tests and examples import `holdfast/…` from source. */
export const alias: { find: RegExp; replacement: string }[] = Object.entries(entries).map(
  ([subpath, file]) => ({
    find: new RegExp(`^holdfast${subpath.slice(1)}$`),
    replacement: fileURLToPath(new URL(`../${file}`, import.meta.url)),
  }),
);
