import pg from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type Postgres, startPostgres } from "../../../../examples/local/postgres/server.ts";
import type { QueryFate } from "../../../../examples/local/postgres/session.ts";

vi.setConfig({ hookTimeout: 30_000 });

let postgres: Postgres;
let port: number;
let fate: (operation: string) => QueryFate | undefined = () => undefined;
beforeAll(async () => {
  postgres = startPostgres();
  port = await postgres.listen((operation) => fate(operation));
});
afterAll(() => postgres.stop());

async function connected(): Promise<pg.Client> {
  const client = new pg.Client({
    host: "127.0.0.1",
    port,
    user: "any",
    password: "any",
    database: "postgres",
  });
  client.on("error", () => {});
  await client.connect();
  return client;
}

let one: pg.Client;
let other: pg.Client;
beforeEach(async () => {
  fate = () => undefined;
  [one, other] = [await connected(), await connected()];
  await one.query("DROP TABLE IF EXISTS seen; CREATE TABLE seen (n bigint)");
  return async () => {
    fate = () => undefined;
    await Promise.all([one, other].map((client) => client.end().catch(() => {})));
  };
});

const add = (client: pg.Client, n: number) => client.query("INSERT INTO seen VALUES ($1)", [n]);
async function rows(client: pg.Client = other): Promise<number[]> {
  const { rows } = await client.query<{ n: string }>("SELECT n FROM seen ORDER BY n");
  return rows.map(({ n }) => Number(n));
}
/** Whether it has settled once the others have had time for it. */
async function settles(work: Promise<unknown>): Promise<boolean> {
  const wait = new Promise<false>((resolve) => setTimeout(resolve, 50, false));
  return Promise.race([work.then(() => true), wait]);
}

describe("two sessions of the local PostgreSQL", () => {
  it("have one transaction at a time: a statement of another waits for its end", async () => {
    await one.query("BEGIN");
    await add(one, 1);
    const second = add(other, 2);
    expect(await settles(second)).toBe(false);
    await add(one, 3);
    await one.query("ROLLBACK");
    await second;
    expect(await rows()).toEqual([2]);
  });

  it("are given their turns in the order in which they asked", async () => {
    const third = await connected();
    await one.query("BEGIN");
    const waiting = [add(other, 1), add(third, 2), rows(third)];
    await one.query("COMMIT");
    expect(await Promise.all(waiting)).toMatchObject([{}, {}, [1, 2]]);
    await third.end();
  });

  it("leave nothing of a transaction whose connection breaks", async () => {
    await one.query("BEGIN");
    await add(one, 1);
    one.connection.stream.destroy();
    expect(await rows()).toEqual([]);
  });

  it("do not wait for one whose transaction has failed, which rolls back all the same", async () => {
    await one.query("BEGIN");
    await add(one, 1);
    await expect(one.query("SELECT 1 / 0")).rejects.toMatchObject({ code: "22012" });
    expect(await rows()).toEqual([]);
    await expect(add(one, 2)).rejects.toMatchObject({ code: "25P02" });
    expect((await one.query("COMMIT")).command).toBe("ROLLBACK");
    await add(one, 3);
    expect(await rows()).toEqual([3]);
  });

  it("end a transaction that stands idle for longer than it was allowed to", async () => {
    await one.query("BEGIN");
    await one.query("SELECT set_config('idle_in_transaction_session_timeout', '30', true)");
    await add(one, 1);
    const sinceMs = performance.now();
    expect(await rows()).toEqual([]);
    // Not the server's own limit, which is a second.
    expect(performance.now() - sinceMs).toBeLessThan(500);
    await expect(add(one, 2)).rejects.toThrow();
    // The limit was that transaction's alone.
    const { rows: limits } = await other.query(
      "SELECT current_setting('idle_in_transaction_session_timeout') AS ms",
    );
    expect(limits).toEqual([{ ms: "0" }]);
  });

  it("cannot leave anything of their own to the next", async () => {
    const named = one.query({ name: "mine", text: "SELECT 1" });
    await expect(named).rejects.toMatchObject({ code: "0A000" });
    await expect(one.query("SET search_path TO nowhere")).rejects.toMatchObject({ code: "0A000" });
    await expect(one.query("LISTEN news")).rejects.toMatchObject({ code: "0A000" });
    await one.query("BEGIN");
    await add(one, 1);
    await expect(one.query("SET search_path TO nowhere")).rejects.toMatchObject({ code: "0A000" });
    // The refusal has ended the transaction, as any error does.
    expect(await rows()).toEqual([]);
    await one.query("ROLLBACK");
    expect(await rows(one)).toEqual([]);
  });
});

describe("faults of the local PostgreSQL", () => {
  const at = (operation: string, what: QueryFate) => {
    fate = (asked) => (asked === operation ? what : undefined);
  };

  it("lose a COMMIT's reply after it was done", async () => {
    await one.query("BEGIN");
    await add(one, 1);
    at("COMMIT", { do: "lose-reply" });
    await expect(one.query("COMMIT")).rejects.toThrow();
    expect(await rows()).toEqual([1]);
  });

  it("lose a COMMIT before it was done, and with it the transaction", async () => {
    await one.query("BEGIN");
    await add(one, 1);
    at("COMMIT", { do: "dead" });
    await expect(one.query("COMMIT")).rejects.toThrow();
    expect(await rows()).toEqual([]);
  });

  it("refuse connections while it is down, and end those there are", async () => {
    fate = () => ({ do: "dead" });
    await expect(one.query("SELECT 1")).rejects.toThrow();
    await expect(connected()).rejects.toThrow();
    fate = () => undefined;
    expect(await rows()).toEqual([]);
  });

  it("fail with the server's own word for its being shut down", async () => {
    at("SELECT", { do: "fail" });
    await expect(one.query("SELECT 1")).rejects.toMatchObject({ code: "57P01" });
  });
});

it("stops while clients are connected and one has a transaction open", async () => {
  const own = startPostgres();
  const client = new pg.Client({ host: "127.0.0.1", port: await own.listen(), password: "any" });
  client.on("error", () => {});
  await client.connect();
  await client.query("BEGIN");
  await own.stop();
  await expect(client.query("SELECT 1")).rejects.toThrow();
});
