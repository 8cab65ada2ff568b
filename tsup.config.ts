import { defineConfig } from "tsup";
import { entries, outputName } from "./tools/entries.ts";

export default defineConfig({
  entry: Object.fromEntries(Object.entries(entries).map(([subpath, file]) => [outputName(subpath), file])),
  format: ["esm", "cjs"],
  dts: true,
  // Shared chunks, so that an error class is one class whichever subpaths a program loads.
  splitting: true,
  clean: true,
  target: "node22",
  platform: "node",
  external: ["vitest", /^@aws-sdk\//, "ajv", "@opentelemetry/api"],
});
