import { describe, expect, it } from "vitest";
import type { Item } from "../../../examples/local/run/tables.ts";
import type { LogLine } from "../../../examples/local/run/tally.ts";
import type { QueuedMessage } from "../../../examples/local/sqs/service.ts";
import {
  wronglyArchived,
  wronglyLate,
  wronglyPublished,
  wronglyRaised,
} from "../../../examples/streaming/scenario/check-payments.ts";
import { expectedWindows } from "../../../examples/streaming/scenario/expected-windows.ts";
import { wronglySetAside } from "../../../examples/streaming/scenario/letters.ts";
import { readingsInRequest, wronglyStored } from "../../../examples/streaming/scenario/readings.ts";
import type { Kept } from "../../../examples/streaming/scenario/stream.ts";
import { tooManyInvocations, wronglyCounted } from "../../../examples/streaming/scenario/usage.ts";

const items = (all: Readonly<Record<string, Item>>) => new Map(Object.entries(all));
const message = (body: string, code?: string): QueuedMessage => ({
  messageId: "m",
  body,
  receiveCount: 0,
  attributes: code === undefined ? {} : { ReasonCode: code },
});

describe("the check of usage", () => {
  const days = new Map([["a/2026-01-01", { events: 2, units: 7 }]]);
  const item = (events: number, units: number): Item => ({
    events: { N: String(events) },
    units: { N: String(units) },
  });
  it.each([
    ["nothing in what is right", { "a/2026-01-01": item(2, 7) }, []],
    ["a day that is missing", {}, ["a/2026-01-01 is missing"]],
    [
      "an event that was counted twice",
      { "a/2026-01-01": item(3, 9) },
      ["a/2026-01-01: 3 events, 9 units for 2, 7"],
    ],
    ["units of another", { "a/2026-01-01": item(2, 8) }, ["a/2026-01-01: 2 events, 8 units for 2, 7"]],
    ["a day that nobody used", { "a/2026-01-01": item(2, 7), "b/1": item(1, 1) }, ["b/1 was never used"]],
  ])("finds %s", (_, stored, wrong) => {
    expect(wronglyCounted({ days }, items(stored))).toEqual(wrong);
  });

  const batches = (...records: readonly number[]): LogLine[] =>
    records.map((count) => ({ functionName: "f", atMs: 0, fields: { records: count } }));
  it.each([
    ["a fifth of small batches", batches(500, 1_000), true],
    ["more", batches(400), false],
    ["none", [], false],
    ["another function's", batches(9_000).map((line) => ({ ...line, functionName: "g" })), false],
  ])("of invocations: %s", (_, logs, holds) => {
    expect(tooManyInvocations(logs, "f")).toHaveLength(holds ? 0 : 1);
  });
});

describe("the check of letters", () => {
  const bad = [{ data: "x", refusal: "BODY_INVALID" }];
  it.each([
    [
      "nothing in what is right, twice or once",
      [message("x", "BODY_INVALID"), message("x", "BODY_INVALID")],
      0,
    ],
    ["a letter that is missing", [], 1],
    ["another reason", [message("x", "TERMINAL")], 1],
    ["what was given up without one", [message("x")], 1],
    ["a good one", [message("x", "BODY_INVALID"), message("y", "BODY_INVALID")], 1],
  ])("finds %s", (_, letters, wrong) => {
    expect(wronglySetAside(bad, letters, "utf8")).toHaveLength(wrong);
    const packed = letters.map((letter) => ({
      ...letter,
      body: Buffer.from(letter.body).toString("base64"),
    }));
    expect(wronglySetAside(bad, packed, "base64")).toHaveLength(wrong);
  });
});

describe("what is expected of payments", () => {
  const MINUTE_MS = 60_000;
  const ARRIVAL_MS = 1_000;
  const kept = (n: number, atMs: number, arrivedAtMs: number, more: object = {}): Kept => ({
    partitionKey: "u",
    sequenceNumber: String(n),
    arrivedAtMs,
    data: JSON.stringify({ paymentId: `p${n}`, user: "u", cents: 1, country: "DE", atMs, ...more }),
  });
  const expectOf = (...records: readonly Kept[]) =>
    expectedWindows([records], ARRIVAL_MS, (data) => data.includes("bad"));

  it("is one alert, by the payment that is too much", () => {
    const { alerts } = expectOf(
      kept(1, 0, 0, { cents: 500_000 }),
      kept(2, 1, 1),
      kept(3, 2, 2, { cents: 9 }),
    );
    expect([...alerts]).toEqual([["u/1970-01-01T00:00:00.000Z", "p2"]]);
  });

  it("is a window closed a minute after its end, and what comes then late", () => {
    const late = kept(3, 4 * MINUTE_MS, 2);
    const { windows, late: ids } = expectOf(kept(1, 0, 0), kept(2, 6 * MINUTE_MS, 1), late);
    expect(ids).toEqual(["p3"]);
    expect(windows).toEqual([
      "1970-01-01T00:00:00.000Z whole u:1/1/DE",
      "1970-01-01T00:05:00.000Z part u:1/1/DE",
    ]);
    expect(expectOf(kept(1, 0, 0), kept(2, 6 * MINUTE_MS - 1, 1), late).late).toEqual([]);
  });

  it("is a part for each state that Lambda kept, and nothing of what is bad", () => {
    const bad = { ...kept(2, 0, 1), data: "bad" };
    const { windows } = expectOf(kept(1, 0, 0), bad, kept(3, 1, ARRIVAL_MS));
    expect(windows).toEqual([
      "1970-01-01T00:00:00.000Z part u:1/1/DE",
      "1970-01-01T00:00:00.000Z part u:1/1/DE",
    ]);
  });
});

describe("the checks of payments", () => {
  const alerts = new Map([["u/0", "p1"]]);
  const raised = (times: string, payment = "p1"): Item => ({
    raised: { N: times },
    paymentId: { S: payment },
  });
  it.each([
    ["nothing in what is right", { "u/0": raised("1") }, []],
    ["an alert that is missing", {}, ["u/0 is missing"]],
    ["an alert that was raised twice", { "u/0": raised("2") }, ["u/0 was raised 2 times"]],
    ["another payment's", { "u/0": raised("1", "p2") }, ["u/0 was raised by p2 for p1"]],
    ["one for nothing", { "u/0": raised("1"), "v/0": raised("1") }, ["v/0 was raised for nothing"]],
  ])("find %s", (_, table, wrong) => {
    expect(wronglyRaised({ alerts }, items(table))).toEqual(wrong);
  });

  it("find alerts that were not published, and what was published besides", () => {
    const told = (id: string) => message(JSON.stringify({ alertId: id }));
    expect(wronglyPublished({ alerts }, [told("u/0"), told("u/0")])).toEqual([]);
    expect(wronglyPublished({ alerts }, [told("v/0")])).toEqual([
      "u/0 was not published",
      "v/0 was published for nothing",
    ]);
  });

  it("find windows and late payments that are missing, others, or there twice", () => {
    const windows = ["1970-01-01T00:00:00.000Z whole u:1/5/DE"];
    const users = { u: { payments: 1, cents: 5, countries: ["DE"] } };
    const kept = JSON.stringify({ startMs: 0, isComplete: true, users });
    const other = JSON.stringify({ startMs: 0, isComplete: true, users: { u: { ...users.u, cents: 6 } } });
    expect(wronglyArchived({ windows }, new Map([["windows/a", kept]]))).toEqual([]);
    expect(wronglyArchived({ windows }, new Map())).toHaveLength(1);
    expect(wronglyArchived({ windows }, new Map([["windows/a", other]]))).toHaveLength(2);
    expect(
      wronglyArchived(
        { windows },
        new Map([
          ["windows/a", kept],
          ["windows/b", kept],
        ]),
      ),
    ).toHaveLength(1);
    const late = JSON.stringify({ paymentId: "p1" });
    expect(wronglyLate({ late: ["p1"] }, new Map([["late/a", late]]))).toEqual([]);
    expect(
      wronglyLate(
        { late: ["p1"] },
        new Map([
          ["late/a", late],
          ["late/b", late],
        ]),
      ),
    ).toHaveLength(1);
    expect(wronglyLate({ late: [] }, new Map([["late/a", late]]))).toHaveLength(1);
    expect(wronglyLate({ late: ["p1"] }, new Map())).toHaveLength(1);
  });
});

describe("the check of readings", () => {
  const values = new Map([["s/t", 1.5]]);
  it.each([
    ["nothing in what is right", { "s/t": { value: { N: "1.5" } } }, []],
    ["a reading that is missing", {}, ["s/t is missing"]],
    ["another value", { "s/t": { value: { N: "2" } } }, ["s/t: 2 for 1.5"]],
    [
      "a reading twice",
      { "s/t": { value: { N: "1.5" } }, "s/t/x": { value: { N: "1.5" } } },
      ["s/t/x was never sent"],
    ],
  ])("finds %s", (_, table, wrong) => {
    expect(wronglyStored({ values }, items(table))).toEqual(wrong);
  });

  it("counts how many go together", () => {
    const request = (count: number, operation = "BatchWriteItem") => ({
      operation,
      path: "/",
      count: 1,
      body: JSON.stringify({ RequestItems: { table: Array(count).fill({}) } }),
    });
    expect(readingsInRequest([request(25), request(5), request(1, "UpdateItem")])).toBe(15);
    expect(readingsInRequest([])).toBe(0);
  });
});
