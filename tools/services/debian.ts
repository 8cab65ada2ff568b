import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "./run.ts";
import type { Program } from "./second-opinion.ts";

export const apt: Program = {
  command: "apt-get",
  probe: ["--version"],
  says: "packages of Debian or Ubuntu (apt-get and dpkg)",
};

/**
 * Downloads packages and unpacks them into `folder/root`. Nothing is installed: no root is needed, no script of the
 * packages runs, and no service starts. The lists are fetched anew into the folder, as the machine may have none.
 */
export async function unpackPackages(run: Run, names: readonly string[], folder: string): Promise<void> {
  const state = ["-o", `Dir::State::Lists=${join(folder, "lists")}`, "-o", `Dir::Cache=${folder}`];
  for (const part of ["lists/partial", "archives/partial", "debs"]) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  await run.command("apt-get", ["update", "-qq", ...state]);
  const debs = join(folder, "debs");
  await run.command("env", ["-C", debs, "apt-get", "download", "-qq", ...state, ...names]);
  for (const deb of readdirSync(debs)) {
    await run.command("dpkg", ["-x", join(debs, deb), join(folder, "root")]);
  }
}
