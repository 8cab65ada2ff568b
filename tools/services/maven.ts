import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import type { Run } from "./run.ts";
import type { Program } from "./second-opinion.ts";

const COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy";

export const java: Program = {
  command: "javac",
  probe: ["--release", "17", "--version"],
  says: "Java 17 or newer with its compiler (javac)",
};

export const maven: Program = { command: "mvn", probe: ["--version"], says: "Maven (mvn)" };

/** Copies jars, `group:artifact:version` each, into a folder. What Maven keeps for itself stays in the cache, too. */
export async function copyJars(run: Run, artifacts: readonly string[], folder: string): Promise<void> {
  for (const artifact of artifacts) {
    await run.command("mvn", [
      "--batch-mode",
      "--quiet",
      `-Dmaven.repo.local=${join(cacheFolder, "maven")}`,
      COPY,
      `-Dartifact=${artifact}`,
      `-DoutputDirectory=${folder}`,
    ]);
  }
}
