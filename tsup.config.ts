import { defineConfig } from "tsup";
import { entries, outputName, program } from "./tools/entries.ts";

const library = Object.fromEntries(
  Object.entries(entries).map(([subpath, file]) => [outputName(subpath), file]),
);

export default defineConfig({
  entry: { ...library, [program.output]: program.file },
  format: ["esm", "cjs"],
  dts: { entry: library },
  // Shared chunks, so that an error class is one class whichever subpaths a program loads.
  splitting: true,
  clean: true,
  target: "node22",
  platform: "node",
  external: ["vitest", /^@aws-sdk\//, "ajv", "@opentelemetry/api"],
});
