import { defineConfig } from "vitest/config";
import { alias } from "./tools/entries.ts";

export default defineConfig({
  resolve: { alias },
  test: {
    include: ["test/**/*.test.ts"],
    typecheck: { enabled: true, include: ["test/**/*.test-d.ts"], tsconfig: "./tsconfig.json" },
    testTimeout: 10_000,
  },
});
