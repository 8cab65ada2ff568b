import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { cacheFolder, installOnce } from "./cache.ts";
import type { Run } from "./run.ts";
import type { Program } from "./second-opinion.ts";

const PACKAGES = new URL("./python-packages.txt", import.meta.url);
const environment = join(cacheFolder, "python");

/** The interpreter of the virtual environment, which has every Python package that is used here. */
export const python: string = join(environment, "bin/python");

export const python3: Program = {
  command: "python3",
  probe: ["-c", "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))"],
  says: "Python 3.11 or newer with venv (python3)",
};

/** Installs exactly the versions of python-packages.txt; whatever they ask for beyond is an error, not installed. */
export function installPython(run: Run): Promise<void> {
  return installOnce("python", readFileSync(PACKAGES, "utf8"), async (folder) => {
    await run.command("python3", ["-m", "venv", folder]);
    const install = ["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check"];
    await run.command(python, [...install, "--requirement", fileURLToPath(PACKAGES)]);
    await run.command(python, ["-m", "pip", "check"]);
  });
}
