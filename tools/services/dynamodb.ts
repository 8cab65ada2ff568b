import { motoFrom, startMoto } from "./moto.ts";
import { installPython, python3 } from "./python.ts";
import type { SecondOpinion } from "./second-opinion.ts";

/**
 * The DynamoDB store on a DynamoDB that shares no code with the local cloud's. AWS's own DynamoDB Local would be
 * the closer one; it is not used, as its licence is Amazon's own and not an open-source one.
 */
export const dynamodb: SecondOpinion = {
  name: "dynamodb",
  says: "the idempotency store keeps its promises on moto's DynamoDB as well",
  from: motoFrom,
  needs: [python3],
  install: installPython,
  start: (run) => startMoto(run, "one-by-one", (endpoint) => ({ HOLDFAST_TEST_DYNAMODB: endpoint })),
  tests: [
    "test/contracts/idempotency-dynamodb.test.ts",
    "test/contracts/dynamodb-attributes.test.ts",
    "test/races",
  ],
};
