import { afterEach, describe, expect, it } from "vitest";
import { type Cloud, startCloud } from "../../../../examples/local/cloud.ts";
import { writeApp } from "./fixtures.ts";

let cloud: Cloud | undefined;
afterEach(async () => {
  await cloud?.stop();
  cloud = undefined;
});

describe("stacks of one cloud", () => {
  it("do not share a name: the second is refused, with its place", async () => {
    const { file, buildDir } = await writeApp();
    const stacks = [
      { file, name: "one" },
      { file, name: "two" },
    ];
    await expect(startCloud({ stacks, buildDir })).rejects.toThrow(
      /template\.yaml:\d+ Resources\.Bus: stack one .* has the name things already; change it in stack two/,
    );
  });
});
