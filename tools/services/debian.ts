import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Run } from "./run.ts";
import type { Program } from "./second-opinion.ts";

export const apt: Program = {
  command: "apt-get",
  probe: ["--version"],
  says: "packages of Debian or Ubuntu (apt-get and dpkg)",
};

/** The packages that this machine would install for one, itself included; none when it is there. */
export async function wouldInstall(
  run: Run,
  name: string,
  options: readonly string[] = [],
): Promise<readonly string[]> {
  const lines: string[] = [];
  const args = ["install", "--simulate", "--no-install-recommends", ...options, name];
  await run.command("apt-get", args, { onLine: (line) => lines.push(line) });
  return lines.flatMap((line) => /^Inst (\S+)/.exec(line)?.[1] ?? []);
}

/**
 * Downloads packages and unpacks them into `folder/root`. Nothing is installed: no root is needed, no script of the
 * packages runs, and no service starts. The lists are fetched anew into the folder, as the machine may have none.
 */
export async function unpackPackages(run: Run, names: readonly string[], folder: string): Promise<void> {
  await unpack(run, folder, async () => names);
}

/** The same for one package, and for what it needs and this machine does not have. */
export async function unpackWithLibraries(run: Run, name: string, folder: string): Promise<void> {
  await unpack(run, folder, async (state) => [...new Set([name, ...(await wouldInstall(run, name, state))])]);
}

async function unpack(
  run: Run,
  folder: string,
  namesOf: (state: readonly string[]) => Promise<readonly string[]>,
): Promise<void> {
  const state = ["-o", `Dir::State::Lists=${join(folder, "lists")}`, "-o", `Dir::Cache=${folder}`];
  for (const part of ["lists/partial", "archives/partial", "debs"]) {
    mkdirSync(join(folder, part), { recursive: true });
  }
  await run.command("apt-get", ["update", "-qq", ...state]);
  const names = await namesOf(state);
  const debs = join(folder, "debs");
  await run.command("env", ["-C", debs, "apt-get", "download", "-qq", ...state, ...names]);
  for (const deb of readdirSync(debs)) {
    await run.command("dpkg", ["-x", join(debs, deb), join(folder, "root")]);
  }
}

/** Where unpacked packages have their libraries. */
export function librariesIn(folder: string): string {
  const all = join(folder, "root/usr/lib");
  return join(all, readdirSync(all).find((name) => name.endsWith("-linux-gnu")) ?? "");
}
