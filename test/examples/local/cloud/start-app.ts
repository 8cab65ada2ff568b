import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type Cloud, type CloudOptions, startCloud } from "../../../../examples/local/cloud.ts";
import { localCredentials } from "../../../../examples/local/credentials.ts";
import type { CloudFact } from "../../../../examples/local/services.ts";
import { temporaryFolder } from "../temporary-folder.ts";

/** For clients of a cloud's services, beside the endpoint. */
export const clientConfig = { region: "us-east-1", credentials: localCredentials };

/** Runs a template with its functions' files as the stack `test`. The cloud is stopped when the test ends. */
export async function startApp(
  template: string,
  files: Readonly<Record<string, string>>,
  options: Partial<CloudOptions> = {},
): Promise<{ readonly cloud: Cloud; readonly facts: readonly CloudFact[] }> {
  const folder = await temporaryFolder();
  const file = join(folder, "template.yaml");
  await writeFile(file, template);
  for (const [name, source] of Object.entries(files)) await writeFile(join(folder, name), source);
  const facts: CloudFact[] = [];
  const cloud = await startCloud({
    stacks: [{ file, name: "test" }],
    buildDir: join(folder, "build"),
    observe: (fact) => void facts.push(fact),
    ...options,
  });
  onTestFinished(() => cloud.stop());
  return { cloud, facts };
}
