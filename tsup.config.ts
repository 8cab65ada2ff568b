import { rmSync } from "node:fs";
import { defineConfig, type Options } from "tsup";
import { entries, outputName, program } from "./tools/entries.ts";

const common: Options = {
  // Shared chunks: an error class is one class whichever subpaths a program loads, and a command is loaded when it is run.
  splitting: true,
  target: "node22",
  platform: "node",
  external: ["vitest", /^@aws-sdk\//, "ajv", "@opentelemetry/api"],
};

export default defineConfig(() => {
  // Not `clean`: both are built at once, and one would delete what the other has written.
  rmSync("dist", { recursive: true, force: true });
  return [
    {
      ...common,
      entry: Object.fromEntries(
        Object.entries(entries).map(([subpath, file]) => [outputName(subpath), file]),
      ),
      format: ["esm", "cjs"],
      dts: true,
    },
    { ...common, entry: { main: program.file }, outDir: program.folder, format: ["esm"] },
  ];
});
