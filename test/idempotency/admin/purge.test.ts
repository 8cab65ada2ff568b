import { rootCall } from "holdfast";
import { type Inspection, inspect, purge } from "holdfast/idempotency/admin";
import { expect, test } from "vitest";
import { type World, world } from "./records.ts";

async function look({ store, id, clock }: World): Promise<Inspection> {
  const seen = await inspect(store, id, rootCall({ runtime: clock }));
  if (seen === undefined) throw new Error("there is no record");
  return seen;
}

test("a purged key runs as new; without, it does not", async () => {
  const here = world();
  await here.deliver();
  await here.deliver();
  expect(here.runs()).toBe(1);
  expect(await purge(here.store, await look(here), {}, rootCall())).toEqual({ purged: true });
  await here.deliver();
  expect(here.runs()).toBe(2);
});

test("a key that a run holds is purged only by force, and then the run can record nothing", async () => {
  const here = world();
  const call = rootCall({ runtime: here.clock });
  await here.abandon();
  const seen = await look(here);
  await expect(purge(here.store, seen, {}, call)).rejects.toMatchObject({ code: "IDEMPOTENCY_STILL_HELD" });
  expect(await purge(here.store, seen, { force: true }, call)).toEqual({ purged: true });
  const late = await here.store.write({ id: here.id, ...seen.record }, { state: "COMPLETED" }, call);
  expect(late.written).toBe(false);
});

test("a record that has changed since it was seen is left alone, and shown", async () => {
  const here = world();
  const call = rootCall({ runtime: here.clock });
  await here.deliver(() => Promise.reject(new Error("no")));
  const seen = await look(here);
  await here.deliver();
  expect(await purge(here.store, seen, {}, call)).toMatchObject({
    purged: false,
    now: { status: "completed" },
  });
  const late = {
    ...here.store,
    read: async () => seen.record,
  };
  expect(await purge(late, seen, {}, call)).toMatchObject({ purged: false, now: { status: "completed" } });
  expect(await here.deliver()).toBe("done");
});

test("a reply that is lost and sent again, and a record that is gone, count as purged", async () => {
  const here = world();
  const call = rootCall({ runtime: here.clock });
  await here.deliver();
  const seen = await look(here);
  const twice = {
    ...here.store,
    settle: async (...given: Parameters<World["store"]["settle"]>) => {
      await here.store.settle(...given);
      return here.store.settle(...given);
    },
  };
  expect(await purge(twice, seen, {}, call)).toEqual({ purged: true });
  expect(await purge(here.store, seen, {}, call)).toEqual({ purged: true });
});
