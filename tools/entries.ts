/**
 * The one list of what the package offers: each subpath and the file it starts from.
 * tsup builds from it, vitest resolves by it, and a test holds package.json and tsconfig.json equal to it.
 */
import { fileURLToPath } from "node:url";

export const entries = {
  ".": "src/index.ts",
  "./idempotency": "src/idempotency/index.ts",
  "./idempotency/steps": "src/idempotency/steps/index.ts",
  "./idempotency/memory": "src/idempotency/stores/memory.ts",
  "./idempotency/dynamodb": "src/idempotency/stores/dynamodb/index.ts",
  "./idempotency/results": "src/idempotency/results/index.ts",
  "./idempotency/admin": "src/idempotency/admin/index.ts",
  "./idempotency/http": "src/idempotency/http/index.ts",
  "./idempotency/redis": "src/idempotency/stores/redis/index.ts",
  "./idempotency/postgres": "src/idempotency/stores/postgres/index.ts",
  "./retry": "src/retry/index.ts",
  "./circuit-breaker": "src/circuit-breaker/index.ts",
  "./circuit-breaker/dynamodb": "src/circuit-breaker/stores/dynamodb.ts",
  "./batching": "src/batching/index.ts",
  "./batching/targets/sqs": "src/batching/targets/sqs.ts",
  "./batching/targets/sns": "src/batching/targets/sns.ts",
  "./batching/targets/eventbridge": "src/batching/targets/eventbridge.ts",
  "./batching/targets/kinesis": "src/batching/targets/kinesis.ts",
  "./batching/targets/firehose": "src/batching/targets/firehose.ts",
  "./batching/targets/dynamodb": "src/batching/targets/dynamodb.ts",
  "./batching/targets/kafka": "src/batching/targets/kafka.ts",
  "./events": "src/events/index.ts",
  "./events/store": "src/events/store/index.ts",
  "./observability": "src/observability/index.ts",
  "./object-store": "src/object-store/index.ts",
  "./crypto": "src/crypto/index.ts",
  "./backup": "src/backup/index.ts",
  "./aws/client": "src/aws/client.ts",
  "./aws/dynamodb": "src/aws/dynamodb.ts",
  "./aws/eventbridge": "src/aws/eventbridge.ts",
  "./aws/kms": "src/aws/kms.ts",
  "./aws/s3": "src/aws/s3.ts",
  "./aws/sqs": "src/aws/sqs.ts",
  "./testing": "src/testing/index.ts",
} as const;

/** The program that the package installs: no subpath, for nobody imports it. */
export const program = { name: "holdfast", file: "src/cli/main.ts", folder: "dist/cli" } as const;

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
