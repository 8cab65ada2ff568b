import { describe, expect, test } from "vitest";
import { down, type Environment, type Setting, setting, well } from "./setting.ts";

/** Open for all, and cooled down; the store takes a while for each write from now on. */
async function cooled(it: Setting): Promise<Environment> {
  const [one] = await it.opened();
  if (one === undefined) throw new Error("no environment");
  it.clock.jump(13_000);
  const { replace } = it.store;
  it.store.replace = async (...request) => {
    await new Promise<void>((resolve) => void it.clock.setTimer(100, resolve));
    return replace(...request);
  };
  return one;
}

const itemOf = ({ store }: Setting, one: Environment) => store.read("bank", one.call());

describe("the probe of all", () => {
  test("is told as a fact", async () => {
    const it = setting();
    const one = await cooled(it);
    await it.clock.run(one.ask());
    expect(one.facts).toContainEqual({ type: "circuit.probed", name: "bank" });
  });

  test.each([
    ["succeeded", well, "well", { state: "CLOSED", epoch: 2 }],
    ["failed", down, "down", { state: "OPEN", epoch: 2 }],
  ] as const)(
    "has told the others when its caller has the answer: it %s",
    async (_, answer, outcome, item) => {
      const it = setting();
      const one = await cooled(it);
      it.answer = answer;
      expect(await it.clock.run(one.ask())).toBe(outcome);
      expect(await itemOf(it, one)).toMatchObject(item);
    },
  );

  test("has failed when its result is a failure, and gives it to its caller all the same", async () => {
    const it = setting({ failureWhen: (response) => response === 503 });
    const one = await cooled(it);
    it.answer = async () => 503;
    expect(await it.clock.run(one.ask())).toBe(503);
    expect(await itemOf(it, one)).toMatchObject({ state: "OPEN", epoch: 2 });
  });

  test("is not sent for a caller who has gone while it was elected, and gives its lease back", async () => {
    const it = setting();
    const one = await cooled(it);
    const askedBefore = it.asked();
    const caller = new AbortController();
    const asking = one.ask(one.call({ signal: caller.signal }));
    await it.clock.advance(50);
    caller.abort(new Error("client went away"));
    expect(await it.clock.run(asking)).toMatchObject({ message: "client went away" });
    await it.clock.advance(200);
    expect(it.asked()).toBe(askedBefore);
    expect(await itemOf(it, one)).toMatchObject({ state: "OPEN", epoch: 1, probeUntilMs: 0 });
  });
});

test("what the others have opened is not told to them by those who follow", async () => {
  const it = setting();
  const bystander = it.environment();
  await it.clock.run(bystander.ask());
  await it.opened();
  it.clock.jump(8_000);
  const writes = it.store.requestsOf("replace", "count");
  for (let n = 0; n < 3; n++) {
    await it.clock.run(bystander.ask());
    await it.clock.advance(100);
  }
  expect(bystander.facts).toContainEqual(expect.objectContaining({ to: "open", why: "shared" }));
  expect(it.store.requestsOf("replace", "count")).toBe(writes);
});

test("an environment that has tripped tells the others once, not with each call after it", async () => {
  const it = setting();
  const one = it.environment();
  it.answer = down;
  for (let n = 0; n < 3; n++) await it.clock.run(one.ask());
  it.answer = well;
  it.clock.jump(10_000);
  await it.clock.run(one.ask());
  await it.clock.advance(1_000);
  const requests = it.store.requestsOf("read");
  for (let n = 0; n < 20; n++) expect(await it.clock.run(one.ask())).toBe("well");
  expect(it.store.requestsOf("read") - requests).toBeLessThan(3);
});
