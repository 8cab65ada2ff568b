/** Builds `dist` for whoever reads it (benchmarks, the tarball's tests), unless it is as new as its sources. */
import { execFileSync } from "node:child_process";
import { existsSync, globSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { entries, outputName, program } from "./entries.ts";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Returns whether it built. Throws with the build's own output when that failed. */
export function buildWhenStale(): boolean {
  if (!isStale()) return false;
  try {
    execFileSync(process.execPath, ["node_modules/tsup/dist/cli-default.js", "--silent"], {
      cwd: root,
      stdio: "pipe",
      encoding: "utf8",
    });
  } catch (error) {
    const { stdout, stderr } = error as { readonly stdout?: string; readonly stderr?: string };
    throw new Error(`The build failed; \`npm run build\` shows this again:\n${stdout ?? ""}${stderr ?? ""}`);
  }
  return true;
}

function isStale(): boolean {
  const outputs = Object.keys(entries).flatMap((subpath) =>
    ["js", "cjs", "d.ts", "d.cts"].map((ending) => `${root}dist/${outputName(subpath)}.${ending}`),
  );
  outputs.push(`${root}${program.folder}/main.js`);
  if (!outputs.every((file) => existsSync(file))) return true;
  const sources = [...globSync("src/**/*.ts", { cwd: root }), "tsup.config.ts", "tools/entries.ts"];
  const newestSourceMs = Math.max(...sources.map((file) => statSync(root + file).mtimeMs));
  return outputs.some((file) => statSync(file).mtimeMs < newestSourceMs);
}
