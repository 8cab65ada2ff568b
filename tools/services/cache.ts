import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./run.ts";

/** Everything that is installed lies here, and nowhere else; git ignores it, and it may be deleted at any time. */
export const cacheFolder: string = join(root, ".cache/services");

/**
 * Fills a folder of the cache once. What it was filled with is written beside it at the very end, so that an
 * installation that was ended half-way, or is of other versions, is made anew.
 */
export async function installOnce(
  name: string,
  pins: string,
  install: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = join(cacheFolder, name);
  const stamp = join(folder, ".installed");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === pins) return;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await install(folder);
  writeFileSync(stamp, pins);
}
