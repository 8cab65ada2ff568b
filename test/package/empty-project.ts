/** Projects in temporary folders that use the packed tarball as a user's would: from outside, without our sources. */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildWhenStale } from "../../tools/build-when-stale.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const execute = promisify(execFile);

export interface Project {
  readonly folder: string;
  /** Runs a program of Node.js in it, given as text; resolves with what it printed, read as JSON. */
  evaluate(kind: "mjs" | "cjs", program: string): Promise<unknown>;
  /** Type-checks files given as text; resolves with the compiler's findings, empty when there are none. */
  typeCheck(
    options: Readonly<Record<string, unknown>>,
    files: Readonly<Record<string, string>>,
  ): Promise<string>;
}

/** Packs what is built (building first when that is older than the sources); resolves with the tarball's path. */
export async function packTarball(folder: string): Promise<string> {
  buildWhenStale();
  await npm(root, "pack", "--ignore-scripts", "--pack-destination", folder);
  const [name] = (await readdir(folder)).filter((file) => file.endsWith(".tgz"));
  if (name === undefined) throw new Error(`npm pack left no tarball in ${folder}`);
  return join(folder, name);
}

/** Installs the tarball, offline. `peers` are linked to this repository's: nothing is fetched. */
export async function installInEmptyProject(
  folder: string,
  tarball: string,
  peers: readonly string[] = [],
): Promise<Project> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "package.json"), JSON.stringify({ name: "someones-project", private: true }));
  await npm(folder, "install", "--offline", "--no-package-lock", tarball);
  for (const peer of peers) {
    const link = join(folder, "node_modules", peer);
    await mkdir(dirname(link), { recursive: true });
    await symlink(join(root, "node_modules", peer), link, "junction");
  }
  return {
    folder,
    async evaluate(kind, program) {
      const file = join(folder, `program.${kind}`);
      await writeFile(file, program);
      const { stdout } = await execute(process.execPath, [file], { cwd: folder });
      return JSON.parse(stdout);
    },
    async typeCheck(options, files) {
      for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
      const compilerOptions = {
        noEmit: true,
        strict: true,
        target: "es2023",
        lib: ["es2023"],
        types: ["node"],
        typeRoots: [join(root, "node_modules/@types")],
        ...options,
      };
      await writeFile(
        join(folder, "tsconfig.json"),
        JSON.stringify({ compilerOptions, files: Object.keys(files) }),
      );
      const compiler = join(root, "node_modules/typescript/bin/tsc");
      return execute(process.execPath, [compiler, "-p", "tsconfig.json"], { cwd: folder }).then(
        () => "",
        (error: { readonly stdout?: string }) => error.stdout || String(error),
      );
    },
  };
}

/** A folder of its own for one test file, and the way to be rid of it. */
export async function temporaryFolder(): Promise<{ readonly path: string; remove(): Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), "holdfast-tarball-"));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

async function npm(cwd: string, ...args: readonly string[]): Promise<void> {
  const { npm_execpath: cli } = process.env;
  const quiet = [...args, "--no-audit", "--no-fund", "--loglevel=error"];
  if (cli !== undefined) await execute(process.execPath, [cli, ...quiet], { cwd });
  else await execute("npm", quiet, { cwd, shell: process.platform === "win32" });
}
