import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** Writes the validators that `order-placed.ts` imports, as a project's build would. */
export function compileDefinition(): void {
  const program = fileURLToPath(new URL("../../../dist/cli/main.js", import.meta.url));
  const folder = new URL("./", import.meta.url);
  execFileSync(
    process.execPath,
    [program, "compile-events", "order-placed.ts", "--out", "../../../.build/bench"],
    {
      cwd: fileURLToPath(folder),
      stdio: ["ignore", "ignore", "inherit"],
    },
  );
}
