import { fakeContext } from "holdfast/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import usageEvent from "../../../examples/streaming/events/count-usage.json" with { type: "json" };
import readingsEvent from "../../../examples/streaming/events/store-readings.json" with { type: "json" };
import paymentsEvent from "../../../examples/streaming/events/watch-payments.json" with { type: "json" };
import { type App, startApp } from "./app.ts";
import { kinesisRecord } from "./fixtures.ts";

vi.setConfig({ hookTimeout: 60_000, testTimeout: 30_000 });

let app: App;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());
beforeEach(() => {
  app.fate = () => undefined;
  lines.length = 0;
  vi.spyOn(process.stdout, "write").mockImplementation((text) => lines.push(JSON.parse(String(text))) > 0);
});
afterEach(() => void vi.restoreAllMocks());

const lines: Record<string, unknown>[] = [];
const context = (timeoutMs = 10_000) => fakeContext({ timeoutMs });
const reported = ({
  batchItemFailures,
}: {
  readonly batchItemFailures: readonly { itemIdentifier: string }[];
}) => batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
const nothing = { batchItemFailures: [] };

describe("count-usage", () => {
  let first = 0;
  const usage = (account: string, units: number, atMs = 0) => ({ account, units, atMs });
  /** Records of accounts that no other test has. */
  const records = (...data: readonly (readonly [key: string, data: unknown])[]) => {
    first += 100;
    return data.map(([key, value], index) => kinesisRecord(first + index, key, value));
  };
  async function count(Records: readonly unknown[], timeoutMs?: number) {
    app.environmentOf("CountUsageFunction");
    const { handler } = await import("../../../examples/streaming/src/handlers/count-usage.ts");
    return handler({ Records } as typeof usageEvent, context(timeoutMs));
  }
  async function countedOf(account: string) {
    const days = [...(await app.table("UsageTable"))].filter(([key]) => key.startsWith(`${account}/`));
    return Object.fromEntries(
      days.map(([key, { events, units }]) => [key.split("/")[1], [Number(events?.N), Number(units?.N)]]),
    );
  }

  it("adds its example event up by account and day, and adds nothing when it comes again", async () => {
    expect(await count(usageEvent.Records)).toEqual(nothing);
    expect(await count(usageEvent.Records)).toEqual(nothing);
    expect(await countedOf("acme")).toEqual({ "2025-11-25": [3, 12] });
    expect(await countedOf("globex")).toEqual({ "2025-11-25": [1, 10] });
    expect(lines).toMatchObject([
      { event_type: "usage", outcome: "ok", records: 4, ok: 4 },
      { event_type: "usage", outcome: "ok", records: 4, ok: 4 },
    ]);
  });

  it("writes once for an account's day, however many events it has", async () => {
    const asked: string[] = [];
    app.fate = ({ operation }) => void asked.push(operation);
    const many = Array.from({ length: 300 }, (_, n) => ["busy", usage("busy", n)] as const);
    expect(await count(records(...many))).toEqual(nothing);
    expect(asked).toEqual(["UpdateItem"]);
    expect(await countedOf("busy")).toEqual({ "1970-01-01": [300, 44_850] });
  });

  it("counts what is new of a batch that comes again in other company, and nothing of the rest", async () => {
    const [one, two, three, four] = records(
      ["ann", usage("ann", 1)],
      ["ann", usage("ann", 2)],
      ["ann", usage("ann", 4)],
      ["ann", usage("ann", 8)],
    );
    await count([one, two]);
    await count([two, three]);
    await count([one, two, three, four]);
    expect(await countedOf("ann")).toEqual({ "1970-01-01": [4, 15] });
  });

  it("asks for a batch again from the first event on that could not be added, and counts the others once", async () => {
    const batch = records(["eve", usage("eve", 1)], ["sam", usage("sam", 2)], ["eve", usage("eve", 4)]);
    let refusals = 0;
    app.fate = ({ body }) => (body.includes('"sam"') && ++refusals < 99 ? { do: "fail" } : undefined);
    expect(reported(await count(batch, 3_000))).toEqual([batch[1]?.kinesis.sequenceNumber]);
    app.fate = () => undefined;
    expect(await count(batch.slice(1))).toEqual(nothing);
    expect(await countedOf("eve")).toEqual({ "1970-01-01": [2, 5] });
    expect(await countedOf("sam")).toEqual({ "1970-01-01": [1, 2] });
  });

  it.each(["lose-reply", "cut-reply", "throttle"] as const)(
    "counts once though the table's first answer is: %s",
    async (fate) => {
      let left = 1;
      app.fate = () => (left-- > 0 ? { do: fate } : undefined);
      const account = `with-${fate}`;
      expect(await count(records([account, usage(account, 5)]))).toEqual(nothing);
      expect(await countedOf(account)).toEqual({ "1970-01-01": [1, 5] });
    },
  );

  it("sets bad events aside with their reasons, and counts the good ones of the same batch", async () => {
    await app.newMessages("DeadUsage");
    const batch = records(
      ["joe", "no JSON"],
      ["joe", usage("joe", 7)],
      ["joe", usage("joe", -1)],
      ["other", usage("joe", 1)],
      ["joe", usage("joe", 1)],
    );
    expect(await count(batch)).toEqual(nothing);
    const letters = await app.newMessages("DeadUsage");
    expect(letters.map(({ attributes }) => attributes["ReasonCode"]).toSorted()).toEqual([
      "BODY_INVALID",
      "BODY_INVALID",
      "USAGE_MISPLACED",
    ]);
    expect(letters.map(({ body }) => Buffer.from(body, "base64").toString())).toContain("no JSON");
    expect(await countedOf("joe")).toEqual({ "1970-01-01": [2, 8] });
    expect(lines.filter(({ outcome }) => outcome === "set-aside")).toHaveLength(3);
  });

  it("blocks at a bad event that cannot be set aside, and loses neither it nor what comes after", async () => {
    app.fate = ({ operation }) => (operation === "SendMessage" ? { do: "fail" } : undefined);
    const batch = records(["kim", usage("kim", 1)], ["kim", "no JSON"], ["kim", usage("kim", 2)]);
    expect(reported(await count(batch))).toEqual([batch[1]?.kinesis.sequenceNumber]);
    expect(await countedOf("kim")).toEqual({ "1970-01-01": [1, 1] });
    // What was not started has no line of its own.
    expect(lines).toMatchObject([
      {
        outcome: "failed",
        record_id: batch[1]?.kinesis.sequenceNumber,
        error: { code: "POISON_NOT_WRITTEN" },
      },
      { outcome: "failed", records: 3, ok: 1, failed: 1, not_started: 1 },
    ]);
    app.fate = () => undefined;
    expect(await count(batch.slice(1))).toEqual(nothing);
    expect(await countedOf("kim")).toEqual({ "1970-01-01": [2, 3] });
  });
});

describe("watch-payments", () => {
  const { Records, ...fields } = paymentsEvent;
  type Event = Parameters<Awaited<ReturnType<typeof load>>["handler"]>[0];
  async function load() {
    app.environmentOf("WatchPaymentsFunction");
    return import("../../../examples/streaming/src/handlers/watch-payments.ts");
  }
  async function watch(event: object) {
    const { handler } = await load();
    return handler({ ...fields, ...event } as unknown as Event, context());
  }
  const raised = async () =>
    [...(await app.table("AlertsTable"))].map(([id, { raised: times }]) => [id, times?.N]);

  it("raises one alert for its example event, however often it comes, and keeps the window and the late payment", async () => {
    const answer = await watch({ Records });
    expect(answer).toMatchObject(nothing);
    expect(await watch({ Records })).toEqual(answer);
    expect(await raised()).toEqual([["ada/2025-11-25T09:00:00.000Z", "1"]]);
    const [told, ...more] = await app.newMessages("Alerts");
    expect(more).toEqual([]);
    expect(JSON.parse(told?.body ?? "")).toMatchObject({ user: "ada", paymentId: "payment-4" });
    const archived = await app.archive();
    expect([...archived.keys()].map((key) => key.replace(/[0-9a-f]{64}/, "<id>")).toSorted()).toEqual([
      expect.stringMatching(/^late\/2025-11-25\/09-00\/\d+\.json$/),
      "windows/2025-11-25/09-00/<id>.json",
    ]);
    const end = { Records: [], state: answer.state, isFinalInvokeForWindow: true };
    expect(await watch(end)).toEqual({ state: {}, batchItemFailures: [] });
    expect(await watch(end)).toEqual({ state: {}, batchItemFailures: [] });
    expect((await app.archive()).size).toBe(3);
  });

  it("asks for the payment again whose alert could not be published, with the state before it", async () => {
    const atMs = Date.UTC(2026, 0, 1);
    const payments = ["DE", "FR", "US"].map((country, n) =>
      kinesisRecord(n, "mia", { paymentId: `mia-${n}`, user: "mia", cents: 1, country, atMs }, atMs),
    );
    app.fate = ({ operation }) => (operation === "SendMessage" ? { do: "fail" } : undefined);
    const answer = await watch({ Records: payments });
    expect(reported(answer)).toEqual([payments[2]?.kinesis.sequenceNumber]);
    app.fate = () => undefined;
    expect(await watch({ Records: payments.slice(2), state: answer.state })).toMatchObject(nothing);
    expect(await raised()).toContainEqual(["mia/2026-01-01T00:00:00.000Z", "1"]);
  });

  it("raises the alert of a user whose name no queue would take as a group", async () => {
    await app.newMessages("Alerts");
    const atMs = Date.UTC(2026, 0, 4);
    const user = "Jörg  🙂 / __proto__";
    const payment = { paymentId: "p", user, cents: 900_000, country: "DE", atMs };
    expect(await watch({ Records: [kinesisRecord(1, user, payment, atMs)] })).toMatchObject(nothing);
    const [told] = await app.newMessages("Alerts");
    expect(JSON.parse(told?.body ?? "")).toMatchObject({ user, alertId: `${user}/2026-01-04T00:00:00.000Z` });
  });

  it("sets aside what is no payment, or is of the future, and leaves the watermark where it is", async () => {
    await app.newMessages("DeadPayments");
    const atMs = Date.UTC(2026, 0, 2);
    const payment = { paymentId: "p", user: "zoe", cents: 5, country: "DE", atMs };
    const answer = await watch({
      Records: [
        kinesisRecord(1, "zoe", payment, atMs),
        kinesisRecord(2, "zoe", { ...payment, atMs: atMs + 86_400_000 }, atMs),
        kinesisRecord(3, "zoe", { ...payment, cents: 0 }, atMs),
        kinesisRecord(4, "zoe", payment, atMs),
      ],
    });
    expect(answer).toMatchObject(nothing);
    expect(JSON.stringify(answer.state)).toContain('"zoe":{"payments":2,"cents":10');
    const letters = await app.newMessages("DeadPayments");
    expect(letters.map(({ attributes }) => attributes["ReasonCode"])).toEqual([
      "PAYMENT_FROM_THE_FUTURE",
      "BODY_INVALID",
    ]);
  });

  it("refuses a state of more than 1 MiB before Lambda would end the window for it", async () => {
    const atMs = Date.UTC(2026, 0, 3);
    const start = String(Math.floor(atMs / 300_000) * 300_000);
    const users = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, n) => [`user-${n}`, { payments: 1, cents: 1, countries: ["DE"] }]),
    );
    const state = { value: { watermarkMs: atMs, windows: { [start]: users } }, records: 20_000, last: "1" };
    const payment = { paymentId: "p", user: "leo", cents: 5, country: "DE", atMs };
    await expect(watch({ Records: [kinesisRecord(1, "leo", payment, atMs)], state })).rejects.toMatchObject({
      code: "WINDOW_STATE_TOO_LARGE",
    });
  });
});

describe("store-readings", () => {
  async function store(records: readonly object[] = readingsEvent.Records) {
    app.environmentOf("StoreReadingsFunction");
    const { handler } = await import("../../../examples/streaming/src/handlers/store-readings.ts");
    return handler({ Records: records } as typeof readingsEvent, context());
  }
  const messages = (...bodies: readonly (object | string)[]) =>
    bodies.map((body, n) => ({
      ...readingsEvent.Records[0],
      messageId: `message-${n}`,
      body: typeof body === "string" ? body : JSON.stringify(body),
    }));
  const storedOf = async (sensor: string) =>
    [...(await app.table("ReadingsTable"))]
      .filter(([key]) => key.startsWith(`${sensor}/`))
      .map(([, { value }]) => value?.N);
  const reading = (sensor: string, n: number) => ({ sensor, atMs: n * 1_000, value: n });

  it("stores its example event once, however often it comes", async () => {
    expect(await store()).toEqual(nothing);
    expect(await store()).toEqual(nothing);
    expect(await storedOf("boiler-1")).toEqual(["71.5", "73.5"]);
  });

  it("sends a hundred readings together, in requests of as many as the table takes", async () => {
    const sizes: number[] = [];
    app.fate = ({ operation, body }) => {
      if (operation === "BatchWriteItem") sizes.push(body.split('"PutRequest"').length - 1);
      return undefined;
    };
    expect(await store(messages(...Array.from({ length: 100 }, (_, n) => reading("many", n))))).toEqual(
      nothing,
    );
    expect(sizes).toEqual([25, 25, 25, 25]);
    expect(await storedOf("many")).toHaveLength(100);
  });

  it("sets aside what is no reading, and what the table can never hold, and stores the others of the same hundred", async () => {
    await app.newMessages("DeadReadings");
    const bad = ["no JSON", { ...reading("odd", 1), value: "warm" }, { ...reading("odd", 2), value: 1e300 }];
    expect(await store(messages(reading("odd", 3), ...bad, reading("odd", 4)))).toEqual(nothing);
    const letters = await app.newMessages("DeadReadings");
    expect(letters.map(({ attributes }) => attributes["ReasonCode"]).toSorted()).toEqual([
      "BODY_INVALID",
      "BODY_INVALID",
      "TERMINAL",
    ]);
    expect(letters.map(({ body }) => body)).toContain("no JSON");
    expect(await storedOf("odd")).toEqual(["3", "4"]);
  });

  it("gives back what could not be stored while the table does not answer, sets nothing aside, and stores it later", async () => {
    await app.newMessages("DeadReadings");
    app.fate = ({ operation }) => (operation === "BatchWriteItem" ? { do: "fail" } : undefined);
    const batch = messages(reading("late", 1), reading("late", 2));
    expect(reported(await store(batch))).toEqual(["message-0", "message-1"]);
    app.fate = () => undefined;
    expect(await store(batch)).toEqual(nothing);
    expect(await app.newMessages("DeadReadings")).toEqual([]);
    expect(await storedOf("late")).toEqual(["1", "2"]);
  });
});
