import { rootCall } from "holdfast";
import { type EventStore, transactAppends } from "holdfast/events/store";
import { type IdempotencyStore, idempotent } from "holdfast/idempotency";
import { dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { memoryStore } from "holdfast/idempotency/memory";
import { memoryEventStore } from "holdfast/testing";
import { describe, expect, test } from "vitest";
import { all, counts, inMemoryDynamoDB, numberIn } from "./subjects.ts";

interface World {
  readonly store: EventStore;
  /** A new one has forgotten all units. */
  readonly records: () => IdempotencyStore;
  /** An effect that is not idempotent by itself, and how often it was had. */
  readonly effect: object;
  readonly effects: () => number;
  readonly refusing: object;
}

const worlds: readonly (readonly [string, () => World])[] = [
  [
    "in memory",
    () => {
      let effects = 0;
      const add = (): (() => void) => {
        effects += 1;
        return () => {
          effects -= 1;
        };
      };
      const refuse = (): never => {
        throw new Error("no");
      };
      return {
        store: memoryEventStore(),
        records: memoryStore,
        effect: add,
        effects: () => effects,
        refusing: refuse,
      };
    },
  ],
  [
    "with DynamoDB",
    () => {
      const { store, dynamo } = inMemoryDynamoDB();
      const key = { TableName: "Model", Key: { id: { S: "sum" } } };
      const Update = {
        ...key,
        UpdateExpression: "ADD n :one",
        ExpressionAttributeValues: { ":one": { N: "1" } },
      };
      const ConditionCheck = {
        TableName: "Model",
        Key: { id: { S: "none" } },
        ConditionExpression: "attribute_exists(id)",
      };
      let forgotten = 0;
      return {
        store,
        records() {
          forgotten += 1;
          return dynamoDBStore({ transport: dynamo, tableName: "Records", keyPrefix: `${forgotten}#` });
        },
        effect: { Update },
        effects: () => Number(dynamo.itemsOf("Model")[0]?.["n"]?.N ?? 0),
        refusing: { ConditionCheck },
      };
    },
  ],
];

const call = rootCall();

describe.each(worlds)("transactAppends, %s", (_name, make) => {
  const world = make;
  interface Work {
    readonly expected: readonly number[];
    readonly items?: readonly object[];
  }
  /** Appends one event to each of the streams s0, s1, … at these versions, in a unit of its own. */
  function unitOf({ store }: World, records: IdempotencyStore, work: Work) {
    return idempotent(
      async (key: string, inner) => {
        const appendings = await Promise.all(
          work.expected.map((version, index) =>
            store.appending(`s${index}`, version, counts([version], `${key}-${index}`), inner),
          ),
        );
        return transactAppends(inner.unit, appendings, work.items ?? [], { done: key });
      },
      { store: records, operation: "append", key: (key) => key },
    );
  }
  const numbers = async ({ store }: World, stream: string) =>
    (await all(store.read(stream, {}, call))).map(numberIn);

  test("appends to several streams, has its other effects and completes the unit, once", async () => {
    const here = world();
    const records = here.records();
    const run = unitOf(here, records, { expected: [0, 0], items: [here.effect] });
    expect(await run("a", call)).toEqual({ done: "a" });
    expect(await run("a", call)).toEqual({ done: "a" });
    expect([await numbers(here, "s0"), await numbers(here, "s1"), here.effects()]).toEqual([[0], [0], 1]);
  });

  test("a conflict in one stream applies nothing, says which, and leaves the unit to be run again", async () => {
    const here = world();
    await here.store.append("s1", 0, counts([7, 8]), call);
    const records = here.records();
    const work = { expected: [0, 1], items: [here.effect] };
    await expect(unitOf(here, records, work)("a", call)).rejects.toMatchObject({
      code: "EVENT_STREAM_CONFLICT",
      stream: "s1",
      expectedVersion: 1,
      foundVersion: 2,
      isRepeat: false,
      retryable: true,
    });
    expect([await numbers(here, "s0"), here.effects()]).toEqual([[], 0]);
    expect(await unitOf(here, records, { ...work, expected: [0, 2] })("a", call)).toEqual({ done: "a" });
    expect([await numbers(here, "s1"), here.effects()]).toEqual([[7, 8, 2], 1]);
  });

  test("another item's refusal comes through as it is", async () => {
    const here = world();
    const run = unitOf(here, here.records(), { expected: [0], items: [here.effect, here.refusing] });
    await expect(run("a", call)).rejects.toMatchObject({
      code: "IDEMPOTENCY_ITEM_REFUSED",
      refused: [{ index: 1 }],
    });
    expect([await numbers(here, "s0"), here.effects()]).toEqual([[], 0]);
  });

  test("a unit whose record was forgotten finds its events there, and is done, where there was nothing else to do", async () => {
    const here = world();
    const work = { expected: [0] };
    await unitOf(here, here.records(), work)("a", call);
    await here.store.append("s0", 1, counts([9]), call);
    const forgetful = here.records();
    expect(await unitOf(here, forgetful, work)("a", call)).toEqual({ done: "a" });
    expect(await unitOf(here, forgetful, work)("a", call)).toEqual({ done: "a" });
    expect(await numbers(here, "s0")).toEqual([0, 9]);
  });

  test("with other items it is told that the events are a repeat, and applies nothing", async () => {
    const here = world();
    const work = { expected: [0], items: [here.effect] };
    await unitOf(here, here.records(), work)("a", call);
    await expect(unitOf(here, here.records(), work)("a", call)).rejects.toMatchObject({
      code: "EVENT_STREAM_CONFLICT",
      isRepeat: true,
    });
    expect([await numbers(here, "s0"), here.effects()]).toEqual([[0], 1]);
  });

  test("no events are no items, and the unit is completed all the same", async () => {
    const here = world();
    const run = idempotent(
      async (_: string, inner) =>
        transactAppends(inner.unit, [await here.store.appending("s0", 5, [], inner)], [here.effect], "done"),
      { store: here.records(), operation: "none", key: (key) => key },
    );
    expect(await run("a", call)).toBe("done");
    expect(await run("a", call)).toBe("done");
    expect([await numbers(here, "s0"), here.effects()]).toEqual([[], 1]);
  });
});

test("what is no unit is refused", async () => {
  await expect(transactAppends({} as never, [], [], 1)).rejects.toMatchObject({ code: "INVALID_OPTION" });
});
