import { join } from "node:path";
import { cacheFolder, installOnce } from "./cache.ts";
import { motoFrom, startMoto } from "./moto.ts";
import { installNpmPackage } from "./npm.ts";
import { installPython, python, python3 } from "./python.ts";
import type { Program, SecondOpinion } from "./second-opinion.ts";

const CLIENT = "@aws-crypto/client-node";
const VERSION = "5.0.2";
const folder = join(cacheFolder, "encryption-sdk");

const bash: Program = {
  command: "bash",
  probe: ["--version"],
  says: "Bash (bash), in which a command of the documentation is run",
};

/** AWS's Encryption SDKs for Python and for JavaScript, and moto's KMS beside ours. */
export const encryptionSdk: SecondOpinion = {
  name: "encryption-sdk",
  says: "AWS's Encryption SDKs for Python and JavaScript read our messages and backups, and we read theirs",
  from: `aws-encryption-sdk 4.0.7 from PyPI and ${CLIENT} ${VERSION} from npm (both Apache-2.0); ${motoFrom} for its KMS`,
  needs: [python3, bash],
  async install(run) {
    await installPython(run);
    await installOnce("encryption-sdk", `${CLIENT}@${VERSION}`, () =>
      installNpmPackage(run, folder, CLIENT, VERSION),
    );
  },
  start: (run) =>
    startMoto(run, "at-once", (endpoint) => ({
      HOLDFAST_TEST_PYTHON: python,
      HOLDFAST_TEST_CLIENT_NODE: join(folder, "node_modules", CLIENT, "build/main/src/index.js"),
      HOLDFAST_TEST_KMS: endpoint,
    })),
  tests: ["test/services/encryption-sdk"],
};
