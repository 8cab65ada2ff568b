import { motoDifferences } from "../../test/services/s3/moto-differences.ts";
import { judgeDifferences } from "./differences.ts";
import { motoFrom, startMoto } from "./moto.ts";
import { installPython, python3 } from "./python.ts";
import type { SecondOpinion } from "./second-opinion.ts";

/** The S3 conformance suite, on moto's S3. */
export const s3: SecondOpinion = {
  name: "s3",
  says: "the S3 conformance suite on moto's S3: it differs where test/services/s3/moto-differences.ts says",
  from: motoFrom,
  needs: [python3],
  install: installPython,
  start: (run) =>
    startMoto(run, "at-once", (endpoint) => ({
      HOLDFAST_TEST_S3: endpoint,
      HOLDFAST_TEST_S3_RESET: `${endpoint}/moto-api/reset`,
    })),
  // Checksums are computed without an S3.
  tests: [
    "test/examples/local/s3",
    "--exclude=test/examples/local/s3/checksums.test.ts",
    "--testTimeout=10000",
  ],
  judge: (report) => judgeDifferences(report, motoDifferences),
};
