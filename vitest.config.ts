import { defineConfig } from "vitest/config";
import { alias } from "./tools/entries.ts";

export default defineConfig({
  resolve: { alias },
  test: {
    include: ["test/**/*.test.ts"],
    // Second opinions: `npm run test:services` installs what these need.
    exclude: ["test/services/**"],
    typecheck: {
      enabled: true,
      include: ["test/**/*.test-d.ts"],
      tsconfig: "./tsconfig.json",
      // Type errors outside the type tests are the `types` check's to tell, once.
      ignoreSourceErrors: true,
    },
    testTimeout: 10_000,
  },
});
