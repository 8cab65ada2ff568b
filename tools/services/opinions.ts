import { cfnLint } from "./cfn-lint.ts";
import { dynamodb } from "./dynamodb.ts";
import { eventRuler } from "./event-ruler.ts";
import { lambdaRic } from "./lambda-ric.ts";
import { redis } from "./redis.ts";
import { s3 } from "./s3.ts";
import type { SecondOpinion } from "./second-opinion.ts";
import { valkey } from "./valkey.ts";

/** In the order in which they are heard. */
export const opinions: readonly SecondOpinion[] = [
  dynamodb,
  redis,
  valkey,
  s3,
  eventRuler,
  lambdaRic,
  cfnLint,
];
