import type { AdminStore } from "holdfast/idempotency/admin";
import { expect, test } from "vitest";
import { HOUR_MS, LEASE_MS, type World, world } from "../../idempotency/admin/records.ts";
import { holdfast, unknown } from "./on-a-key.ts";

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
  ["release", /Released by the run of fence \d+, .* \(2 s ago\): the work was not done/, /It runs the work/],
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

test("a store that says nothing, and does not listen either, is given up", async () => {
  const here = world();
  const silent = { ...here.store, read: () => new Promise<never>(() => {}) };
  const inspecting = here.clock.run(holdfast(here, "inspect", {}, silent));
  await expect(inspecting).rejects.toMatchObject({ code: "IDEMPOTENCY_STORE" });
  expect(here.clock.pendingTimers).toBe(0);
});

test("a store that is down is an error", async () => {
  const here = world();
  const down = { ...here.store, read: () => Promise.reject(new TypeError("no network")) };
  await expect(holdfast(here, "inspect", {}, down)).rejects.toMatchObject({ code: "IDEMPOTENCY_STORE" });
});

test("a result is shown without what a terminal would obey, and a damaged one is not quoted", async () => {
  const here = world();
  await here.deliver(() => "a\u009b2Jb");
  expect((await holdfast(here, "inspect --result")).out).toContain("a\\u009b2Jb");
  const damaged: AdminStore = {
    ...here.store,
    read: async (id, call) => {
      const found = await here.store.read(id, call);
      return found && { ...found, result: '{"card":"4111' };
    },
  };
  const error = await holdfast(here, "inspect --result", {}, damaged).catch((one: unknown) => one);
  expect(error).toMatchObject({ code: "IDEMPOTENCY_RESULT_UNREADABLE" });
  expect(`${error} ${(error as Error).cause}`).not.toContain("4111");
});
