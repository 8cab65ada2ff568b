import { rootCall } from "holdfast";
import type { AdminStore } from "holdfast/idempotency/admin";
import { describe, expect, test } from "vitest";
import { idempotencyWith } from "../../../src/cli/idempotency/index.ts";
import { HOUR_MS, LEASE_MS, type World, world } from "../../idempotency/admin/records.ts";
import { type RunOptions, runCommand } from "../fake-io.ts";

/** Runs `holdfast idempotency <args>` on the one key of a world. */
function holdfast(here: World, args: string, options: RunOptions = {}, store: AdminStore = here.store) {
  const command = idempotencyWith(async () => store);
  const [name = "", ...rest] = args.split(" ");
  return runCommand(command, [name, "--id", here.id, ...rest].filter(Boolean), {
    runtime: here.clock,
    ...options,
  });
}

async function unknown(): Promise<World> {
  const here = world();
  await here.deliver(() => Promise.reject(new Error("no reply")), { onError: () => "unknown-outcome" });
  return here;
}

const state = async (here: World) => (await here.store.read(here.id, rootCall()))?.state;

describe("inspect", () => {
  const secret = { iban: "DE00 1234" };

  async function keyThatIs(name: string): Promise<World> {
    const here = world();
    const fail = () => Promise.reject(new Error("no"));
    if (name === "held" || name === "abandoned") await here.abandon();
    else if (name === "completed") await here.deliver(() => secret, { payload: () => secret });
    else if (name === "kept nowhere") await here.deliver(() => () => {});
    else await here.deliver(fail, { onError: () => name as "release" });
    here.clock.jump(name === "abandoned" ? LEASE_MS + 120_000 : 2_000);
    return here;
  }

  test.each([
    ["held", /Held by the run of fence \d+ until .*Z \(in 8 s\)/, /is refused while the key is held/],
    [
      "abandoned",
      /Abandoned since .*Z \(2 min ago\)/,
      /takes the key over and runs[\s\S]*"block" it is refused/,
    ],
    [
      "release",
      /Released by the run of fence \d+, .* \(2 s ago\): the work was not done/,
      /It runs the work/,
    ],
    ["completed", /Completed by the run of fence \d+, .* \(2 s ago\)\.\n/, /It gets the stored result/],
    ["kept nowhere", /without a stored result/, /IDEMPOTENCY_RESULT_NOT_STORED/],
    ["remember", /Failed for good/, /It gets the same error again/],
    ["unknown-outcome", /Unknown outcome since .* \(2 s ago\)/, /UNKNOWN_OUTCOME\) until someone settles it/],
  ])("a key that is %s is told as such, with what comes next", async (name, what, next) => {
    const { exitCode, out, err } = await holdfast(await keyThatIs(name), "inspect");
    expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
    expect(out).toMatch(what);
    expect(out).toMatch(next);
  });

  test("one that has expired counts no more", async () => {
    const here = await keyThatIs("completed");
    here.clock.jump(HOUR_MS + 1_000);
    const { out } = await holdfast(here, "inspect");
    expect(out).toMatch(/Expired .* ago\): it was COMPLETED, and counts no more/);
    expect(out).toContain("It runs the work");
  });

  test("the result is shown only when it is asked for", async () => {
    const here = await keyThatIs("completed");
    for (const how of ["inspect", "inspect --json"]) {
      expect((await holdfast(here, how)).out).not.toContain("DE00");
      expect((await holdfast(here, `${how} --result`)).out).toContain('"iban": "DE00 1234"');
    }
  });

  test("a gzipped result is shown as what it was, one kept elsewhere only by its form", async () => {
    const here = world();
    await here.deliver(() => "long ".repeat(5_000));
    expect((await holdfast(here, "inspect")).out).toMatch(/result +\d+ bytes, gzipped, not shown/);
    expect((await holdfast(here, "inspect --result")).out).toContain("long long");
    await here.put({ state: "COMPLETED", result: "enc:AAAA" });
    for (const how of ["inspect --result", "inspect --result --json"]) {
      const { exitCode, out } = await holdfast(here, how);
      expect(exitCode).toBe(0);
      expect(out).toContain("enc");
      expect(out).not.toContain("AAAA");
    }
  });

  test("a payload that is compared is told of", async () => {
    const { out } = await holdfast(await keyThatIs("completed"), "inspect");
    expect(out).toContain("With another payload it is refused (IDEMPOTENCY_PAYLOAD_MISMATCH)");
  });

  test("--json is for programs: times in ISO 8601, and no words", async () => {
    const here = await keyThatIs("held");
    const { out } = await holdfast(here, "inspect --json");
    expect(JSON.parse(out)).toMatchObject({
      found: true,
      id: here.id,
      status: "held",
      next: { rerun: "is-refused-in-progress", block: "is-refused-in-progress" },
      record: { state: "IN_PROGRESS", leaseUntil: new Date(here.clock.now() + 8_000).toISOString() },
    });
  });

  test("no record is exit code 3, for programs as well", async () => {
    const here = world();
    expect(await holdfast(here, "inspect")).toMatchObject({ exitCode: 3, out: "" });
    const { exitCode, out } = await holdfast(here, "inspect --json");
    expect(exitCode).toBe(3);
    expect(JSON.parse(out)).toEqual({ found: false, id: here.id });
  });

  test("colours come only where they are wanted, and control characters never", async () => {
    const here = await unknown();
    await here.put({ state: "UNKNOWN", owner: "\u001b[2Jme" } as never);
    expect((await holdfast(here, "inspect")).out).not.toContain("\u001b");
    const { out } = await holdfast(here, "inspect", { hasColour: true });
    expect(out).toContain("\u001b[31mUnknown outcome");
    expect(out).not.toContain("\u001b[2J");
  });

  test("a store that is down is an error", async () => {
    const here = world();
    const down = { ...here.store, read: () => Promise.reject(new TypeError("no network")) };
    await expect(holdfast(here, "inspect", {}, down)).rejects.toMatchObject({ code: "IDEMPOTENCY_STORE" });
  });
});

describe("settle", () => {
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
});

describe("purge", () => {
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
});
