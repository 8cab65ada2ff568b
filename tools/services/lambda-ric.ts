import { existsSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, installOnce } from "./cache.ts";
import { installNpmPackage } from "./npm.ts";
import type { Run } from "./run.ts";
import type { Program, SecondOpinion } from "./second-opinion.ts";

const NAME = "aws-lambda-ric";
const VERSION = "4.0.2";
const folder = join(cacheFolder, NAME);
const entry = join(folder, "node_modules", NAME, "index.mjs");

/** What compiles its native client. */
const compilers: readonly Program[] = [
  { command: "cmake", probe: ["--version"], says: "CMake (cmake)" },
  { command: "make", probe: ["--version"], says: "Make (make)" },
  { command: "g++", probe: ["--version"], says: "C++ compiler (g++)" },
  { command: "xz", probe: ["--version"], says: "XZ tools (xz)" },
  { command: "python3", probe: ["--version"], says: "Python (python3), which node-gyp runs on" },
];

/** AWS's own runtime client, in the place of the bootstrap. */
export const lambdaRic: SecondOpinion = {
  name: "lambda-ric",
  says: "functions answer the same through AWS's own runtime client as through our bootstrap",
  from: `${NAME} ${VERSION} from npm (Apache-2.0), which is compiled here`,
  needs: compilers,
  install: (run) => installOnce(NAME, VERSION, () => install(run)),
  start: async () => ({ environment: { HOLDFAST_TEST_LAMBDA_RIC: entry }, stop: () => Promise.resolve() }),
  tests: ["test/services/lambda"],
};

async function install(run: Run): Promise<void> {
  // npm is to build this one package, whatever the machine says of install scripts.
  await installNpmPackage(run, folder, NAME, VERSION, { runsScripts: true });
  // Where it builds nothing it says so and succeeds.
  if (!existsSync(join(entry, "../rapid-client.node")))
    throw new Error(`${NAME} came without its native part`);
}
