/** What "once" costs beside AWS Powertools for TypeScript: requests, computing, hashing, cold starts and bytes. */
import type { Row } from "../row.ts";
import { coldRows } from "./idempotency/cold.ts";
import { dynamoDbRows } from "./idempotency/dynamodb.ts";
import { hashingRows } from "./idempotency/hashing.ts";
import { memoryRows } from "./idempotency/memory.ts";

export async function rows(): Promise<readonly Row[]> {
  return [
    ...(await memoryRows()),
    ...(await hashingRows()),
    ...(await dynamoDbRows()),
    ...(await coldRows()),
  ];
}
