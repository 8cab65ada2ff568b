/**
 * The reaper's own process. Reads `+<pid>` and `-<pid>` lines, and kills every process group still on the list
 * once its input ends.
 */
import { createInterface } from "node:readline";

const groups = new Set<number>();

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const pid = Number(line.slice(1));
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
    process.exit(0);
  });
