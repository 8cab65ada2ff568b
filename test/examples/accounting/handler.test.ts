import { fakeContext } from "holdfast/testing";
import pg from "pg";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import event from "../../../examples/accounting/events/post-entry.json" with { type: "json" };
import purgeEvent from "../../../examples/accounting/events/purge-records.json" with { type: "json" };
import { bodyOf } from "../../../examples/accounting/scenario/transactions.ts";
import { systemClock } from "../../../examples/local/clock.ts";
import { type Postgres, startPostgres } from "../../../examples/local/postgres/server.ts";
import type { QueryFate } from "../../../examples/local/postgres/session.ts";
import { type Sqs, startSqs } from "../../../examples/local/sqs/service.ts";
import { loadTemplate } from "../../../examples/local/template/load-template.ts";
import { entry, line } from "./fixtures.ts";
import { balances, emptyLedger, keysPosted } from "./ledger-database.ts";

vi.setConfig({ hookTimeout: 60_000, testTimeout: 30_000 });

const DEAD = "accounting-DeadEntries";
let postgres: Postgres;
let sqs: Sqs;
let pool: pg.Pool;
let fate: (operation: string) => QueryFate | undefined = () => undefined;

/** The queue and the database that the template names, and the environment it gives to functions; handlers read it once. */
beforeAll(async () => {
  sqs = await startSqs({ region: "us-east-1", accountId: "000000000000", clock: systemClock() });
  postgres = startPostgres();
  const stack = loadTemplate("examples/accounting/template.yaml", {
    name: "accounting",
    sqsEndpoint: sqs.endpoint,
    parameters: {
      DatabaseHost: "127.0.0.1",
      DatabasePort: String(await postgres.listen((operation) => fate(operation))),
      DatabaseName: "postgres",
      DatabaseTls: "disable",
      DatabaseProxyId: "prx-0",
      DatabaseProxyName: "local",
      SubnetIds: "subnet-0",
      SecurityGroupIds: "sg-0",
    },
  });
  await sqs.createQueues(stack.queues);
  pool = new pg.Pool({
    host: "127.0.0.1",
    port: await postgres.listen(),
    password: "any",
    user: "postgres",
    max: 1,
  });
  // Its connection breaks when the server stops.
  pool.on("error", () => {});
  for (const [name, value] of Object.entries({
    ...Object.assign({}, ...stack.functions.map(({ environment }) => environment)),
    AWS_REGION: stack.region,
    AWS_ACCESS_KEY_ID: "local",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_ENDPOINT_URL_SQS: sqs.endpoint,
  })) {
    vi.stubEnv(name, String(value));
  }
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await postgres.stop();
  await pool.end();
  await sqs.stop();
});

const database = {
  sql: async (text: string) => void (await pool.query(text)),
  rows: async <Row extends object>(text: string) => (await pool.query<Row>(text)).rows,
};
const lines: string[] = [];
beforeEach(async () => {
  fate = () => undefined;
  lines.length = 0;
  vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(String(text)) > 0);
  await emptyLedger(database);
});
afterEach(() => void vi.restoreAllMocks());

const [sample] = event.Records;
const ids = (records: readonly { readonly messageId: string }[]) =>
  records.map(({ messageId }) => ({ itemIdentifier: messageId }));

async function post(records: readonly object[] = event.Records) {
  const { handler } = await import("../../../examples/accounting/src/handlers/post-entry.ts");
  return handler(
    { Records: records } as typeof event,
    fakeContext({ functionName: "post-entry", timeoutMs: 10_000 }),
  );
}

async function purge() {
  const { handler } = await import("../../../examples/accounting/src/handlers/purge-records.ts");
  return handler(purgeEvent, fakeContext({ functionName: "purge-records", timeoutMs: 10_000 }));
}

/** Messages with these bodies. */
const messages = (...bodies: readonly string[]) =>
  bodies.map((body, index) => ({ ...sample, messageId: `message-${index}`, body }));

/** What was set aside since it was last asked, by who looks: the letters' attributes and bodies. */
let read = 0;
async function letters() {
  const all = await sqs.inspect(DEAD);
  const some = all.slice(read);
  read = all.length;
  return some;
}

const ONCE = { "EUR bank": "11900", "EUR revenue": "-10000", "EUR tax": "-1900" };

describe("post-entry with its example event", () => {
  it("posts both entries, and nothing when they come again", async () => {
    expect(await post()).toEqual({ batchItemFailures: [] });
    expect(await post()).toEqual({ batchItemFailures: [] });
    expect(await keysPosted(database)).toEqual(
      expect.arrayContaining(["invoice-1001/payment-1", "invoice-1002"]),
    );
    // What was owed has been paid.
    expect(await balances(database)).toEqual(ONCE);
    expect(lines.map((text) => JSON.parse(text))).toMatchObject([
      { outcome: "ok", event_type: "TransactionCreated" },
      { outcome: "ok", correlation_id: expect.stringMatching(/^transaction\/invoice-100/) },
      { outcome: "ok", replayed: true },
      { outcome: "ok", replayed: true },
    ]);
  });

  it("posts one of two deliveries at the same moment; the other comes again, and finds it posted", async () => {
    const [first, second] = messages(bodyOf(entry()), bodyOf(entry()));
    const answers = await Promise.all([post([first ?? {}]), post([second ?? {}])]);
    const failed = answers.flatMap(({ batchItemFailures }) => batchItemFailures);
    expect(failed.length).toBeLessThanOrEqual(1);
    expect(await post(messages(bodyOf(entry())))).toEqual({ batchItemFailures: [] });
    expect(await balances(database)).toEqual({ "EUR bank": "11900", "EUR receivables": "-11900" });
  });

  it("gives everything back while the database is down, sets nothing aside, and posts it when it is up again", async () => {
    fate = () => ({ do: "dead" });
    expect((await post()).batchItemFailures).toEqual(expect.arrayContaining(ids(event.Records)));
    expect(await letters()).toEqual([]);
    fate = () => undefined;
    expect(await post()).toEqual({ batchItemFailures: [] });
    expect(await balances(database)).toEqual(ONCE);
  });

  it.each([
    ["before it was done", "dead"],
    ["after it was done", "lose-reply"],
  ] as const)("posts once though a COMMIT's connection breaks %s", async (_, what) => {
    let left = 1;
    fate = (operation) => (operation === "COMMIT" && left-- > 0 ? { do: what } : undefined);
    await post();
    fate = () => undefined;
    // Whatever was given back comes again; its lease is over by then.
    await database.sql("UPDATE holdfast_idempotency SET lease_until_ms = 0 WHERE state = 'IN_PROGRESS'");
    expect(await post()).toEqual({ batchItemFailures: [] });
    expect(await balances(database)).toEqual(ONCE);
  });

  it("goes on when its idle connections have died between two invocations, known or not", async () => {
    await post(messages(bodyOf(entry())));
    postgres.disconnectAll();
    // Time in which the pool hears of it; nobody else listens.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await post()).toEqual({ batchItemFailures: [] });
    let left = 3;
    fate = (operation) => (operation === "WITH" && left-- > 0 ? { do: "dead" } : undefined);
    expect(await post(messages(bodyOf(entry({ idempotencyKey: "payment-2" }))))).toEqual({
      batchItemFailures: [],
    });
    expect(await keysPosted(database)).toHaveLength(4);
  });
});

describe("post-entry with what will never be posted", () => {
  const bad = [
    ["no JSON", "EVENT_INVALID", bodyOf(entry()).slice(0, 50)],
    ["another kind of event", "EVENT_UNEXPECTED", bodyOf(entry(), { "detail-type": "TransactionUpdated" })],
    [
      "a negative amount",
      "EVENT_INVALID",
      bodyOf(entry({ lines: [line("bank", "debit", -1), line("tax", "credit", -1)] })),
    ],
    [
      "an entry that is out by one",
      "ENTRY_INVALID",
      bodyOf(entry({ lines: [line("bank", "debit", 2), line("tax", "credit", 1)] })),
    ],
    [
      "an unknown currency",
      "ENTRY_INVALID",
      bodyOf(entry({ lines: [line("bank", "debit", 1, "XXX"), line("tax", "credit", 1, "XXX")] })),
    ],
    [
      "an unknown account",
      "LEDGER_REFUSED",
      bodyOf(entry({ lines: [line("bank", "debit", 1), line("petty", "credit", 1)] })),
    ],
    ["text that PostgreSQL does not hold", "LEDGER_REFUSED", bodyOf(entry({ description: "null\u0000" }))],
  ] as const;

  it.each(bad)(
    "sets %s aside with its reason, posts nothing, and does not ask for it again",
    async (_, code, body) => {
      await letters();
      expect(await post(messages(body))).toEqual({ batchItemFailures: [] });
      const [letter, ...more] = await letters();
      expect(more).toEqual([]);
      expect(letter).toMatchObject({ body, attributes: { ReasonCode: code, MessageId: "message-0" } });
      expect(letter?.attributes["Reason"]).toMatch(/fit|Expected|posted|refused/);
      expect(await keysPosted(database)).toEqual([]);
      expect(await balances(database)).toEqual({});
    },
  );

  it("posts the good ones of the same batch", async () => {
    expect(
      await post(messages(...bad.map(([, , body]) => body), bodyOf(entry({ idempotencyKey: "good" })))),
    ).toEqual({
      batchItemFailures: [],
    });
    expect(await keysPosted(database)).toEqual(["good"]);
  });

  it("sets the same key with another entry aside", async () => {
    await post(messages(bodyOf(entry())));
    await letters();
    const other = bodyOf(entry({ description: "Another" }));
    expect(await post(messages(other))).toEqual({ batchItemFailures: [] });
    expect(await letters()).toMatchObject([
      { body: other, attributes: { ReasonCode: "IDEMPOTENCY_PAYLOAD_MISMATCH" } },
    ]);
    expect(await keysPosted(database)).toEqual(["payment-1"]);
  });

  it("gives it back when the letter cannot be sent", async () => {
    vi.stubEnv("DEAD_LETTERS_URL", `${sqs.endpoint}/000000000000/nowhere`);
    const copy = "../../../examples/accounting/src/handlers/post-entry.ts?nowhere";
    const { handler }: typeof import("../../../examples/accounting/src/handlers/post-entry.ts") =
      await import(copy);
    vi.stubEnv("DEAD_LETTERS_URL", `${sqs.endpoint}/000000000000/${DEAD}`);
    const records = messages("no JSON") as typeof event.Records;
    const answer = await handler(
      { Records: records },
      fakeContext({ functionName: "post-entry", timeoutMs: 10_000 }),
    );
    expect(answer).toEqual({ batchItemFailures: ids(records) });
  });
});

describe("purge-records", () => {
  it("deletes the records that have expired, and what was posted is not posted again", async () => {
    await post();
    expect(await purge()).toEqual({ purged: 0 });
    await database.sql(
      "UPDATE holdfast_idempotency SET expires_at_ms = expires_at_ms - 36 * 86400000::bigint",
    );
    expect(await purge()).toEqual({ purged: 2 });
    expect(await post()).toEqual({ batchItemFailures: [] });
    expect(await balances(database)).toEqual(ONCE);
  });
});
