import { execFile } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";

const templates = globSync("examples/*/template.yaml");

/** What is found, warnings included, by rule: `E3002`. */
function findings(file: string): Promise<readonly string[]> {
  const program = process.env["HOLDFAST_TEST_CFN_LINT"];
  if (program === undefined) throw new Error("no cfn-lint: npm run test:services -- --only cfn-lint");
  return new Promise((resolve, reject) => {
    execFile(
      program,
      ["--format", "parseable", "--regions", "us-east-1", "--", file],
      (error, stdout, stderr) => {
        const lines = stdout.split("\n").filter((line) => line !== "");
        if (stderr !== "" || (error !== null && lines.length === 0)) reject(error ?? new Error(stderr));
        else resolve(lines);
      },
    );
  });
}

test("there are templates", () => expect(templates).not.toEqual([]));

/** The templates that a page shows whole. */
const shown = globSync("docs/**/*.md").flatMap((page) => {
  const blocks = readFileSync(page, "utf8").matchAll(/^```yaml\n(AWSTemplateFormatVersion:[\s\S]*?)^```$/gm);
  return Array.from(blocks, ([, text = ""], index) => ({ title: `${page}, template ${index + 1}`, text }));
});

test("the documentation shows some", () => expect(shown).not.toEqual([]));

test.each(shown)("$title", async ({ text }) => {
  const folder = await mkdtemp(join(tmpdir(), "cfn-lint-"));
  try {
    const file = join(folder, "template.yaml");
    await writeFile(file, text);
    expect(await findings(file)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

test.each(templates)("%s", async (template) => {
  expect(await findings(template)).toEqual([]);
});

test.each(templates)("%s with a property that does not exist is found out", async (template) => {
  const folder = await mkdtemp(join(tmpdir(), "cfn-lint-"));
  try {
    const file = join(folder, "template.yaml");
    const text = await readFile(template, "utf8");
    await writeFile(file, text.replace(/^( +)Properties:$/m, "$1Properties:\n$1  NoSuchProperty: 1"));
    expect((await findings(file)).join("\n")).toContain("NoSuchProperty");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
