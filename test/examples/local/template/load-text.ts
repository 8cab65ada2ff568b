/** Loads a template from text, beside two handlers that exist: `worker.ts` and `other.ts`. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LoadOptions, loadTemplate } from "../../../../examples/local/template/load-template.ts";
import { type Problem, TemplateError } from "../../../../examples/local/template/problems.ts";
import type { Stack } from "../../../../examples/local/template/stack.ts";

export function loadText(text: string, options: Partial<LoadOptions> = {}): Stack {
  const folder = mkdtempSync(join(tmpdir(), "template-"));
  try {
    const file = join(folder, "template.yaml");
    writeFileSync(file, text);
    for (const name of ["worker.ts", "other.ts"]) writeFileSync(join(folder, name), "");
    return loadTemplate(file, { name: "app", sqsEndpoint: "http://127.0.0.1:9324", ...options });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What is wrong with a template; none when it loads. */
export function problemsOf(text: string, options: Partial<LoadOptions> = {}): readonly Problem[] {
  try {
    loadText(text, options);
    return [];
  } catch (error) {
    if (error instanceof TemplateError) return error.problems;
    throw error;
  }
}

/** The line that ends in `# here`, counted from 1. */
export function markedLine(text: string): number {
  return text.split("\n").findIndex((line) => line.endsWith("# here")) + 1;
}

/** A SAM template around resources, which are written at the left margin. */
export function sam(resources: string, before = ""): string {
  const indented = resources
    .trim()
    .split("\n")
    .map((line) => `  ${line}`)
    .join("\n");
  return `Transform: AWS::Serverless-2016-10-31\n${before}Resources:\n${indented}\n`;
}

/** A function that is right in itself; properties are added at its end. */
export function workerFunction(properties = "", name = "Worker"): string {
  const added = properties
    .trim()
    .split("\n")
    .map((line) => (line === "" ? "" : `    ${line}\n`))
    .join("");
  return `${name}:
  Type: AWS::Serverless::Function
  Metadata:
    BuildMethod: esbuild
    BuildProperties:
      EntryPoints: [worker.ts]
  Properties:
    CodeUri: .
    Handler: worker.handler
    Runtime: nodejs24.x
${added}`;
}
