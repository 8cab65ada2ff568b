import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** Stands for the project: its linter's rules, and the probes below as its only sources. */
const folder = mkdtempSync(join(tmpdir(), "holdfast-lint-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ambient = [
  "export const a = Date.now();",
  "export const a = new Date();",
  "export const a = new Date;",
  "export const a = Date();",
  'export const a = Date["now"]();',
  "const { now } = Date;\nexport const a = now();",
  "export const a = performance.now();",
  "export const a = globalThis.performance.now();",
  "export const a = process.hrtime.bigint();",
  'import { performance as p } from "node:perf_hooks";\nexport const a = p.now();',
  "export const a = Math.random();",
  "const { random } = Math;\nexport const a = random();",
  "export const a = crypto.randomUUID();",
  'import { randomUUID } from "node:crypto";\nexport const a = randomUUID();',
  "setTimeout(() => {}, 1);",
  "globalThis.setTimeout(() => {}, 1);",
  "setInterval(() => {}, 1);",
  "setImmediate(() => {});",
  "export const a = AbortSignal.timeout(5);",
  'import { setTimeout as wait } from "node:timers/promises";\nawait wait(1);',
  'export const a = process.getBuiltinModule("node:timers");',
  'export const a = process.getBuiltinModule("timers");',
  "export const a = process.getBuiltinModule(`node:perf_hooks`);",
  'export const a = process.getBuiltinModule("node:crypto").randomUUID();',
  'export const a = process["hrtime"]();',
  "const { hrtime } = process;\nexport const a = hrtime();",
  'import { hrtime } from "node:process";\nexport const a = hrtime();',
  "export const a = Date?.now();",
  'export const a = AbortSignal["timeout"](5);',
];

const pure = [
  "export const a = new Date(5).getTime();",
  "export const a = (v: unknown) => v instanceof Date;",
  "export const a = Math.min(1, 2);",
  'export const a = process.getBuiltinModule("node:crypto").hash("sha256", "text");',
  'export const a = process.env["NAME"];',
];

/** The one file that may ask for chance that no test can seed: keys and initialisation vectors are made of it. */
const secureRandom = "src/crypto/secure-random.ts";
const secure = 'export const a = process.getBuiltinModule("node:crypto").randomBytes(32);';

const probes = [
  { file: secureRandom, text: secure },
  { file: "src/crypto/elsewhere.ts", text: secure },
  ...ambient.map((text, index) => ({ file: `src/core/ambient-${index}.ts`, text })),
  ...ambient.map((text, index) => ({ file: `src/core/runtime/ambient-${index}.ts`, text })),
  ...pure.map((text, index) => ({ file: `src/core/pure-${index}.ts`, text })),
];
const found = new Set<string>();

beforeAll(() => {
  const config = JSON.parse(readFileSync(join(root, "biome.json"), "utf8"));
  writeFileSync(
    join(folder, "biome.json"),
    JSON.stringify({ ...config, $schema: undefined, vcs: { enabled: false } }),
  );
  cpSync(join(root, "tools/lint"), join(folder, "tools/lint"), { recursive: true });
  for (const { file, text } of probes) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), `${text}\n`);
  }
  const { stdout } = spawnSync("biome", ["lint", "--reporter=github", "--max-diagnostics=none", "src"], {
    cwd: folder,
    encoding: "utf8",
  });
  const rules =
    /title=(?:plugin|lint\/style\/noRestrictedGlobals|lint\/style\/noRestrictedImports),file=([^,]+)/g;
  for (const [, file = ""] of stdout.matchAll(rules))
    found.add(relative(realpathSync(folder), realpathSync(file)));
});

test.each(ambient.map((text, index) => [text, index] as const))(
  "the linter keeps this inside core/runtime: %s",
  (_text, index) => {
    expect(found).toContain(`src/core/ambient-${index}.ts`);
    expect(found).not.toContain(`src/core/runtime/ambient-${index}.ts`);
  },
);

test.each(pure.map((text, index) => [text, index] as const))(
  "what depends on no clock and no chance may stand anywhere: %s",
  (_text, index) => {
    expect(found).not.toContain(`src/core/pure-${index}.ts`);
  },
);

test("the linter lets secure random bytes be drawn in one file, and nowhere beside it", () => {
  expect(found).not.toContain(secureRandom);
  expect(found).toContain("src/crypto/elsewhere.ts");
});
