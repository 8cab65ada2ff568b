import { expect, test } from "vitest";
import { loadAjv } from "../../src/events/validator/load-ajv.ts";

test("without ajv the error says to install it", async () => {
  const missing = Object.assign(new Error("Cannot find package 'ajv'"), { code: "ERR_MODULE_NOT_FOUND" });
  const loading = loadAjv("2020-12", () => Promise.reject(missing));
  await expect(loading).rejects.toMatchObject({ code: "PEER_MISSING", cause: missing });
  await expect(loading).rejects.toThrow("npm install ajv");
});
