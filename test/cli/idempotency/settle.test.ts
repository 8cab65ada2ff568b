import { expect, test } from "vitest";
import { LEASE_MS, world } from "../../idempotency/admin/records.ts";
import { holdfast, state, unknown } from "./on-a-key.ts";

test("a person sees the record and what will happen, and is asked", async () => {
  const here = await unknown();
  const { exitCode, out, err, questions } = await holdfast(here, 'settle --as completed --result {"n":1}', {
    answer: () => "y",
  });
  expect({ exitCode, questions }).toEqual({ exitCode: 0, questions: ["Do it? [y/N] "] });
  expect(err).toContain("Unknown outcome");
  expect(err).toContain("repeats get the result given");
  expect(out).toContain("Completed by hand");
  expect(await here.deliver()).toEqual({ n: 1 });
});

test.each(["", "n", "no", "yes please", undefined])("%j is no yes: nothing is written", async (answer) => {
  const here = await unknown();
  const { exitCode, out } = await holdfast(here, "settle --as released", { answer: () => answer });
  expect({ exitCode, out }).toEqual({ exitCode: 5, out: "" });
  expect(await state(here)).toBe("UNKNOWN");
});

test("where nobody can be asked nothing is written without --yes", async () => {
  const here = await unknown();
  const { exitCode, err } = await holdfast(here, "settle --as released");
  expect(exitCode).toBe(2);
  expect(err).toContain("Add --yes");
  expect(await state(here)).toBe("UNKNOWN");
  expect(await holdfast(here, "settle --as released --yes")).toMatchObject({ exitCode: 0, questions: [] });
  expect(await state(here)).toBe("RELEASED");
});

test.each([
  ["--as released", "done"],
  ["--as completed", "error IDEMPOTENCY_RESULT_NOT_STORED"],
  ["--as completed --result null", null],
  ["--as failed", "error TERMINAL"],
  ["--as failed --message refused", "error TERMINAL"],
])("%s: the next delivery comes to %j", async (how, answer) => {
  const here = await unknown();
  expect((await holdfast(here, `settle ${how} --yes`)).exitCode).toBe(0);
  expect(await here.deliver()).toEqual(answer);
});

test("a key that a run holds is refused with the reason before anyone is asked, and settled by --force", async () => {
  const here = world();
  await here.abandon();
  const { exitCode, err, questions } = await holdfast(here, "settle --as released", { answer: () => "y" });
  expect({ exitCode, questions }).toEqual({ exitCode: 5, questions: [] });
  expect(err).toContain("may be at work right now");
  const forced = await holdfast(here, "settle --as released --force", { answer: () => "y" });
  expect(forced.exitCode).toBe(0);
  expect(forced.err).toContain("it may send more");
  expect(await state(here)).toBe("RELEASED");
});

test("a record that changes while the person thinks is left alone: exit code 4, and its new state", async () => {
  const here = world();
  await here.abandon();
  here.clock.jump(LEASE_MS);
  const { exitCode, out, err } = await holdfast(here, "settle --as released", {
    async answer() {
      await here.deliver();
      return "y";
    },
  });
  expect({ exitCode, out }).toEqual({ exitCode: 4, out: "" });
  expect(err.split("It is now:")[1]).toContain("COMPLETED");
  expect(await state(here)).toBe("COMPLETED");
});

test("a record that is deleted while the person thinks is not made again", async () => {
  const here = await unknown();
  const { exitCode, err } = await holdfast(here, "settle --as released", {
    async answer() {
      await holdfast(here, "purge --yes");
      return "y";
    },
  });
  expect(exitCode).toBe(4);
  expect(err).toContain("is gone");
  expect(await state(here)).toBeUndefined();
});

test("a completed key has nothing to settle", async () => {
  const here = world();
  await here.deliver();
  const { exitCode, err } = await holdfast(here, "settle --as released --yes --force");
  expect(exitCode).toBe(5);
  expect(err).toContain("purge it");
  expect(await state(here)).toBe("COMPLETED");
});

test("no record is exit code 3", async () => {
  expect((await holdfast(world(), "settle --as released --yes")).exitCode).toBe(3);
});

test.each([
  ["", "How did it end"],
  ["--as done", "How did it end"],
  ["--as released --result 1", "--result belongs to --as completed"],
  ["--as completed --message m", "--message belongs to --as failed"],
  ["--as completed --result oops", "no JSON"],
])("settle %s is a wrong command line", async (args, what) => {
  const { exitCode, err } = await holdfast(await unknown(), `settle ${args} --yes`);
  expect(exitCode).toBe(2);
  expect(err).toContain(what);
});
