/**
 * The reaper's own process. Reads `+<pid>`, `-<pid>`, `+<folder>` and `-<folder>` lines, and once its input ends kills
 * every process group and removes every folder still on the list.
 */
import { rmSync } from "node:fs";
import { isAbsolute } from "node:path";
import { createInterface } from "node:readline";

const groups = new Set<number>();
const folders = new Set<string>();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const named = line.slice(1);
    if (isAbsolute(named)) {
      if (line.startsWith("+")) folders.add(named);
      else folders.delete(named);
      return;
    }
    const pid = Number(named);
    // 0 and 1 would name our own group and every process there is.
    if (!Number.isSafeInteger(pid) || pid < 2) return;
    if (line.startsWith("+")) groups.add(pid);
    else groups.delete(pid);
  })
  .on("close", () => {
    for (const pid of groups) {
      try {
        process.kill(-pid, "SIGKILL");
      } catch {
        // It has ended by itself.
      }
    }
    for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    process.exit(0);
  });
