import { rootCall, TerminalError } from "holdfast";
import { resumable } from "holdfast/idempotency/steps";
import { expect, test } from "vitest";
import { type World, world } from "../../idempotency/admin/records.ts";
import { holdfast, state } from "./on-a-key.ts";

/** A saga whose card was charged, and whose refund the bank refuses. */
function saga(here: World, refund: () => unknown = () => Promise.reject(new TerminalError("bank says no"))) {
  const run = resumable(
    async (_: object, { unit }) => {
      await unit.step("charge", async () => ({ iban: "DE00 1234" }), { compensate: refund });
      await unit.step("notify", async () => 1);
      await unit.step("ship", () => Promise.reject(new TerminalError("no carrier")));
    },
    { store: here.store, operation: "post", key: () => "k" },
  );
  return run({}, rootCall({ runtime: here.clock })).catch((error: { code: string }) => error.code);
}

test("a unit that is parked shows how far it came, and what stands out", async () => {
  const here = world();
  expect(await saga(here)).toBe("IDEMPOTENCY_COMPENSATION_FAILED");
  const { out } = await holdfast(here, "inspect");
  expect(out).toMatch(
    /steps +the unit has failed for good at "ship", and is being taken back, which has failed once/,
  );
  expect(out).toMatch(/charge: done, has a compensation\n +notify: done\n/);
});

test("what steps came to is shown only when it is asked for: it may be personal data", async () => {
  const here = world();
  await saga(here);
  for (const how of ["inspect", "inspect --json"]) {
    expect((await holdfast(here, how)).out).not.toContain("DE00");
    const { out } = await holdfast(here, `${how} --result`);
    expect(out).toContain('"iban": "DE00 1234"');
    expect(out).toContain("no carrier");
  }
  const { steps } = JSON.parse((await holdfast(here, "inspect --json")).out);
  expect(steps).toEqual({
    list: [
      { name: "charge", state: "owed", resultForm: "plain" },
      { name: "notify", state: "done", resultForm: "plain" },
    ],
    failure: { at: "ship", attempts: 1 },
  });
});

test("settled as released, the next delivery goes on taking back, as the command says before", async () => {
  const here = world();
  await saga(here);
  const { err } = await holdfast(here, "settle --as released --yes");
  expect(err).toContain("the next delivery goes on taking back what is left");
  const refunds: unknown[] = [];
  expect(await saga(here, () => refunds.push(1))).toBe("TERMINAL");
  expect(refunds).toEqual([1]);
  expect(await state(here)).toBe("FAILED");
});

test.each(["failed", "completed"])(
  "settled as %s, it warns that what was done is not taken back",
  async (as) => {
    const here = world();
    await saga(here);
    const { err } = await holdfast(here, `settle --as ${as} --yes`);
    expect(err).toContain("What these steps have done is not taken back: charge. Do that first.");
  },
);

test("a unit that is parked is said to be so, and not that nobody knows whether it was done", async () => {
  const here = world();
  await saga(here);
  const { out } = await holdfast(here, "inspect");
  expect(out).toMatch(/Parked since .*: it has failed for good, and what it did could not be taken back\./);
  await holdfast(here, "settle --as released --yes");
  expect((await holdfast(here, "inspect")).out).toMatch(
    /Released by hand.*: the next delivery goes on where it stopped\./,
  );
});

test("damaged steps are said to be so, and the rest is shown", async () => {
  const here = world();
  await here.abandon();
  await here.store.write(
    { id: here.id, owner: "dead", fence: here.clock.now() + 1 },
    { steps: { charge: "secret" } },
    rootCall(),
  );
  const { out } = await holdfast(here, "inspect");
  expect(out).toContain("damaged: they cannot be read");
  expect(out).not.toContain("secret");
});
