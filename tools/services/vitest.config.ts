import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { alias } from "../entries.ts";

/** Of the tests that second opinions are heard with; which files is said on the command line. */
export default defineConfig({
  root: fileURLToPath(new URL("../..", import.meta.url)),
  resolve: { alias },
  test: {
    include: ["test/**/*.test.ts"],
    // One server is shared by all files of a run, and some of them empty it before each test.
    fileParallelism: false,
    testTimeout: 30_000,
  },
});
