/**
 * The cost table of docs/idempotency.md, measured: each path is run on DynamoDB's emulator and the units of its requests
 * are added up.
 */
import { readFileSync } from "node:fs";
import { rootCall } from "holdfast";
import { localCache } from "holdfast/idempotency";
import { purge, settle } from "holdfast/idempotency/admin";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startTestDynamoDB, type TestDynamoDB } from "../../support/dynamodb.ts";
import { itemBytes, writeUnits } from "../../support/item-size.ts";
import { LEASE_MS, type MeteredKey, meteredKey, REMEMBER_MS } from "./metered-key.ts";

const [header = [], ...rows] = tableAfter("<!-- Measured by test/idempotency/costs. -->");
const sizesKb = header.slice(1).map((title) => Number.parseFloat(title));

/** The cells of the page's table that follows a marker, without the ruler. */
function tableAfter(marker: string): string[][] {
  const page = readFileSync(new URL("../../../docs/idempotency.md", import.meta.url), "utf8");
  const [, text = ""] = /((?:^\|.*\n)+)/m.exec(page.split(marker)[1] ?? "") ?? [];
  return text
    .trim()
    .split("\n")
    .map((line) => line.split("|").slice(1, -1))
    .map((cells) => cells.map((cell) => cell.trim()))
    .filter(([first = ""]) => !/^-+$/.test(first));
}

const fail = (): never => {
  throw new Error("no");
};
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The table's rows: what each is about, and what it consumed. */
const paths: Readonly<Record<string, (key: MeteredKey) => Promise<number>>> = {
  async "a new key"(key) {
    await key.deliver();
    return key.consumed().writes;
  },
  async "a repeat of a completed key"(key) {
    await key.deliver();
    key.consumed();
    await key.deliver();
    return key.consumed().writes;
  },
  async "the same, which `localCache` remembers"(key) {
    const cache = localCache();
    await key.deliver(undefined, { cache });
    key.consumed();
    await key.deliver(undefined, { cache });
    return key.consumed().requests;
  },
  async "a repeat while another run holds the key"(key) {
    await key.abandon();
    key.clock.jump(-LEASE_MS);
    key.consumed();
    await key.deliver();
    return key.consumed().writes;
  },
  async 'each time that `inFlight: "wait"` asks again'(key) {
    await key.abandon();
    key.clock.jump(-LEASE_MS);
    key.consumed();
    const waiting = key.deliver(undefined, { inFlight: "wait" }, LEASE_MS / 2);
    const units: number[] = [];
    while (units.length < 4) {
      await turn();
      const { writes, requests } = key.consumed();
      // One that is answered is followed by a wait of a second at most.
      if (requests > 0) units.push(writes / requests);
      if (requests > 0) await key.clock.advance(1_000);
    }
    await key.clock.advance(LEASE_MS / 2);
    await waiting;
    expect(new Set(units).size).toBe(1);
    return units[0] ?? Number.NaN;
  },
  async "a heartbeat"(key) {
    let units = 0;
    await key.deliver(async () => {
      key.consumed();
      await key.clock.advance(LEASE_MS / 3);
      while (units === 0) {
        await turn();
        units = key.consumed().writes;
      }
    });
    return units;
  },
  async "a run that fails, and is released"(key) {
    await key.deliver(fail);
    return key.consumed().writes;
  },
  async "the next run of a released key"(key) {
    await key.deliver(fail);
    key.consumed();
    await key.deliver();
    return key.consumed().writes;
  },
  async "a run that takes an abandoned key over"(key) {
    await key.abandon();
    key.consumed();
    await key.deliver();
    return key.consumed().writes;
  },
  async "a run that ends as unknown, or whose error is remembered"(key) {
    await key.deliver(fail, { onError: () => "unknown-outcome" });
    const { writes } = key.consumed();
    const other = await meteredKey(dynamo, 10);
    await other.deliver(fail, { onError: () => "remember" });
    expect(other.consumed().writes).toBe(writes);
    return writes;
  },
  async "a new run of a key that has expired, before TTL deletes it"(key) {
    await key.deliver();
    key.clock.jump(REMEMBER_MS + 1_000);
    key.consumed();
    await key.deliver();
    return key.consumed().writes;
  },
  async "a new key with `unit.transact` of one new item up to 1 KB"(key) {
    await key.deliver(({ unit }) => {
      const Item = { id: { S: "line" }, text: { S: "x".repeat(900) } };
      return unit.transact([{ Put: { TableName: key.tableName, Item } }], key.result);
    });
    return key.consumed().writes;
  },
  async "`inspect` (read units)"(key) {
    await key.deliver();
    key.consumed();
    await key.look();
    return key.consumed().reads;
  },
  async "`settle` as completed with a result, and 2 read units"(key) {
    await key.deliver(fail, { onError: () => "unknown-outcome" });
    key.consumed();
    const call = rootCall({ runtime: key.clock });
    await settle(key.store, await key.look(), { as: "completed", result: key.result }, call);
    const { writes, reads } = key.consumed();
    expect(reads).toBe(2);
    return writes;
  },
  async "`purge` of a completed key, and twice the read units of `inspect`"(key) {
    await key.deliver();
    key.consumed();
    await key.look();
    const looked = key.consumed().reads;
    await purge(key.store, await key.look(), {}, rootCall({ runtime: key.clock }));
    const { writes, reads } = key.consumed();
    expect(reads).toBe(2 * looked);
    return writes;
  },
};

let dynamo: TestDynamoDB;
beforeAll(async () => {
  dynamo = await startTestDynamoDB();
});
afterAll(() => dynamo.stop());

test("the page tells of every path that is measured here, and of no other", () => {
  expect(rows.map(([title]) => title)).toEqual(Object.keys(paths));
  expect(sizesKb).toEqual([0.5, 1, 4, 8, 50, 300]);
});

test.each(rows)("the page says what it costs: %s", async (title, ...cells) => {
  const measured = sizesKb.map(async (sizeKb) => {
    const key = await meteredKey(dynamo, sizeKb * 1_024);
    return paths[title ?? ""]?.(key);
  });
  expect(cells.map(Number)).toEqual(await Promise.all(measured));
});

describe("the emulator counts as AWS says", () => {
  test.each([500, 1_024, 8_192, 50_000])(
    "a write costs by the larger of two items: %i bytes",
    async (bytes) => {
      const key = await meteredKey(dynamo, bytes);
      await key.deliver(fail);
      const before = itemBytes(await key.item());
      await key.deliver();
      const { writes } = key.consumed();
      const after = itemBytes(await key.item());
      // Claim and release, claim again, complete.
      expect(writes).toBe(3 * writeUnits(before) + writeUnits(Math.max(before, after)));
    },
  );
});
