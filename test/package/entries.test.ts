import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";
import manifest from "../../package.json" with { type: "json" };
import { entries, outputName, program } from "../../tools/entries.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

test("package.json exports exactly the entries, each as ESM and as CJS with types of its own", () => {
  const expected = Object.keys(entries).map((subpath) => {
    const file = `./dist/${outputName(subpath)}`;
    return [
      subpath,
      {
        import: { types: `${file}.d.ts`, default: `${file}.js` },
        require: { types: `${file}.d.cts`, default: `${file}.cjs` },
      },
    ];
  });
  expect(manifest.exports).toEqual({ ...Object.fromEntries(expected), "./package.json": "./package.json" });
});

test("types come first in each condition, for resolvers take the first that matches", () => {
  for (const [subpath, conditions] of Object.entries(manifest.exports)) {
    if (typeof conditions === "string") continue;
    for (const condition of Object.values(conditions)) {
      expect(Object.keys(condition), subpath).toEqual(["types", "default"]);
    }
  }
});

test("package.json installs the program", () => {
  expect(manifest.bin).toEqual({ [program.name]: `./${program.folder}/main.js` });
});

test("tsconfig.json resolves exactly the entries, to their sources", () => {
  const { config, error } = ts.readConfigFile(`${root}tsconfig.json`, ts.sys.readFile);
  expect(error).toBeUndefined();
  const expected = Object.entries(entries).map(([subpath, file]) => [
    `holdfast${subpath.slice(1)}`,
    [`./${file}`],
  ]);
  expect(config.compilerOptions.paths).toEqual(Object.fromEntries(expected));
});

test("every entry's source exists", () => {
  const missing = Object.values(entries).filter((file) => !existsSync(root + file));
  expect(missing).toEqual([]);
});

test("nothing is installed for a user who asks for nothing: no dependency, and every peer is optional", () => {
  expect(manifest).not.toHaveProperty("dependencies");
  expect(manifest).not.toHaveProperty("optionalDependencies");
  const required = Object.keys(manifest.peerDependencies).filter(
    (name) => !(manifest.peerDependenciesMeta as Record<string, { optional?: boolean }>)[name]?.optional,
  );
  expect(required).toEqual([]);
});
