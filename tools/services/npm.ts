import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "./run.ts";

/** Installs one package into a folder that is a project of its own; its install scripts run only when that is asked for. */
export async function installNpmPackage(
  run: Run,
  folder: string,
  name: string,
  version: string,
  { runsScripts = false }: { readonly runsScripts?: boolean } = {},
): Promise<void> {
  writeFileSync(
    join(folder, "package.json"),
    JSON.stringify({
      private: true,
      dependencies: { [name]: version },
      allowScripts: { [name]: runsScripts },
    }),
  );
  const { npm_execpath: cli, npm_node_execpath: node = process.execPath } = process.env;
  const args = ["install", "--prefix", folder, `--ignore-scripts=${!runsScripts}`, "--no-audit", "--no-fund"];
  const [command, rest] = cli === undefined ? ["npm", args] : [node, [cli, ...args]];
  await run.command(command, rest);
}
