import { mkdirSync } from "node:fs";
import manifest from "../../package.json" with { type: "json" };
import { colourful } from "./paint.ts";

/** One thing that is verified, by a command that exits with 0 when it holds. */
export interface Check {
  readonly name: string;
  /** What holds when it passes, in a few words. */
  readonly says: string;
  readonly command: readonly [string, ...string[]];
  /** Checks that must have passed before, as this one reads what they made. */
  readonly needs?: readonly string[];
  /** Vitest: its output is shown as it comes, and its tests are counted from its own report. */
  readonly countsTests?: true;
}

/** Where Vitest writes its own result, which the closing line is taken from. */
export const testReport = ".build/vitest.json";

const packed = ".build/package";
const tarball = `${packed}/${manifest.name}-${manifest.version}.tgz`;
mkdirSync(packed, { recursive: true });

const build: Check = { name: "build", says: "ESM, CJS and declarations", command: ["tsup", "--silent"] };
const types: Check = {
  name: "types",
  says: "sources, tests, examples and tools, at full strictness",
  command: ["tsc", "-p", "tsconfig.json"],
};
const declared: Check = {
  name: "declared",
  says: "every export of the package states its type",
  command: ["tsc", "-p", "src/tsconfig.json"],
};
const lint: Check = {
  name: "lint",
  says: "formatted, and free of findings",
  command: ["biome", "ci", "--error-on-warnings", `--colors=${colourful ? "force" : "off"}`],
};
const pack: Check = {
  name: "pack",
  says: "the tarball that would be published",
  command: ["npm", "pack", "--ignore-scripts", "--pack-destination", packed],
  needs: ["build"],
};
const publint: Check = {
  name: "publint",
  says: "its exports point at what is in it",
  command: ["publint", "run", tarball, "--strict"],
  needs: ["pack"],
};
const attw: Check = {
  name: "attw",
  says: "its types resolve as ESM, as CJS and for bundlers",
  command: ["attw", tarball, "--profile", "node16", "--no-emoji"],
  needs: ["pack"],
};
const tests: Check = {
  name: "tests",
  says: "every test, type tests included",
  command: ["vitest", "run", "--reporter=default", "--reporter=json", `--outputFile.json=${testReport}`],
  countsTests: true,
};

/** In order. Those of one stage run side by side; the tests run alone, for some of them start a whole cloud. */
export const stages: readonly (readonly Check[])[] = [
  [build, types, lint, declared],
  [pack],
  [publint, attw],
  [tests],
];
