import { expect, test } from "vitest";
import { world } from "../../idempotency/admin/records.ts";
import { holdfast, state, unknown } from "./on-a-key.ts";

test("a completed key is purged with a warning: the work is done again, and caches may still replay", async () => {
  const here = world();
  await here.deliver();
  const { exitCode, out, err } = await holdfast(here, "purge", { answer: () => "yes" });
  expect(exitCode).toBe(0);
  expect(out).toBe(`${here.id} is purged.\n`);
  expect(err).toContain("does it AGAIN");
  expect(err).toContain("localCache replay the old result for up to its maxAgeMs");
  await here.deliver();
  expect(here.runs()).toBe(2);
});

test.each([
  ["an unknown outcome", unknown, "may have been done"],
  [
    "a released key",
    async () => {
      const here = world();
      await here.deliver(() => Promise.reject(new Error("no")));
      return here;
    },
    "runs as new.\n",
  ],
])("%s is purged with what it means", async (_what, make, says) => {
  const here = await make();
  const { exitCode, err } = await holdfast(here, "purge --yes");
  expect(exitCode).toBe(0);
  expect(err).toContain(says);
  expect(await state(here)).toBeUndefined();
});

test("without a terminal and without --yes nothing is deleted", async () => {
  const here = await unknown();
  expect((await holdfast(here, "purge")).exitCode).toBe(2);
  expect(await state(here)).toBe("UNKNOWN");
});

test("a key that a run holds is purged only by --force", async () => {
  const here = world();
  await here.abandon();
  expect((await holdfast(here, "purge --yes")).exitCode).toBe(5);
  expect((await holdfast(here, "purge --yes --force")).exitCode).toBe(0);
});

test("a record that changes while the person thinks is left alone", async () => {
  const here = world();
  await here.deliver(() => Promise.reject(new Error("no")));
  const { exitCode } = await holdfast(here, "purge", {
    async answer() {
      await here.deliver();
      return "y";
    },
  });
  expect(exitCode).toBe(4);
  expect(await state(here)).toBe("COMPLETED");
});
