import { cfnLint } from "./cfn-lint.ts";
import { dynamodb } from "./dynamodb.ts";
import { encryptionSdk } from "./encryption-sdk.ts";
import { eventRuler } from "./event-ruler.ts";
import { jsonSchemaSuite } from "./json-schema-suite.ts";
import { kafka } from "./kafka.ts";
import { lambdaRic } from "./lambda-ric.ts";
import { postgres } from "./postgres.ts";
import { redis } from "./redis.ts";
import { s3 } from "./s3.ts";
import type { SecondOpinion } from "./second-opinion.ts";
import { valkey } from "./valkey.ts";

/** In the order in which they are heard. */
export const opinions: readonly SecondOpinion[] = [
  dynamodb,
  postgres,
  redis,
  valkey,
  kafka,
  s3,
  encryptionSdk,
  eventRuler,
  lambdaRic,
  cfnLint,
  jsonSchemaSuite,
];
