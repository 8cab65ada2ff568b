import { rootCall } from "holdfast";
import { type AnyStandardSchema, defineEvent, eventPublisher } from "holdfast/events";
import { defineEvent as defineCompiled } from "holdfast/events/compiled";
import { describe, expect, test } from "vitest";
import { fakeBus } from "./fake-bus.ts";

/** A schema as a library has it. */
function schemaOf(validate: (value: unknown) => unknown): AnyStandardSchema {
  return { "~standard": { version: 1, vendor: "somebody", validate } };
}

function eventOf(validate: (value: unknown) => unknown) {
  return defineEvent({ source: "test", type: "Test", version: 1, schema: schemaOf(validate) });
}

const issues = (...list: unknown[]) => eventOf(() => ({ issues: list })).check({});

describe.each([
  ["holdfast/events", defineEvent],
  ["holdfast/events/compiled", defineCompiled],
])("a Standard Schema, defined with %s", (_, define) => {
  test("is given the JSON that will be sent, and what it makes of it changes nothing", async () => {
    const seen: unknown[] = [];
    const schema = schemaOf((value) => {
      seen.push(value);
      return { value: { replaced: true } };
    });
    const event = define({ source: "test", type: "Test", version: 1, schema });
    const bus = fakeBus();
    const detail = { at: new Date(0), gone: undefined };
    await eventPublisher({ transport: bus, busName: "b" }).publishOne(
      event.of(detail, { id: "a" }),
      rootCall(),
    );
    expect(seen).toEqual([{ at: "1970-01-01T00:00:00.000Z" }]);
    expect(JSON.parse(bus.taken[0]?.Detail ?? "")).toMatchObject({ at: "1970-01-01T00:00:00.000Z" });
    expect(bus.taken[0]?.Detail).not.toContain("replaced");
  });
});

test("it is not asked about what cannot be sent", async () => {
  const event = eventOf(() => {
    throw new Error("asked");
  });
  expect(await event.check({ a: Number.NaN })).toMatchObject({ problems: [{ path: "/a", rule: "finite" }] });
  expect(await event.check([])).toMatchObject({ problems: [{ rule: "type" }] });
});

test("it may take its time", async () => {
  expect(await eventOf(async (value) => ({ value })).check({ a: 1 })).toEqual({ ok: true, value: { a: 1 } });
});

describe("its issues are problems", () => {
  test("with their paths as JSON pointers, and the library's name for the rule", async () => {
    expect(
      await issues(
        { message: "no", path: ["items", 0, "a/b"], code: "invalid_type" },
        { message: "no", path: [{ key: "total" }], type: "min_value" },
        { message: "no" },
      ),
    ).toEqual({
      ok: false,
      problems: [
        { path: "/items/0/a~1b", rule: "invalid_type", message: "is refused by its schema (somebody)" },
        { path: "/total", rule: "min_value", message: "is refused by its schema (somebody)" },
        { path: "", rule: "schema", message: "is refused by its schema (somebody)" },
      ],
    });
  });

  test("without its messages or anything that could be the value", async () => {
    const secret = "4000-0012-3456-7899";
    const result = await issues({ message: `got ${secret}`, path: ["a"], code: secret, input: secret });
    expect(JSON.stringify(result)).not.toContain(secret);
  });

  test("a hundred at most", async () => {
    const result = await issues(...Array.from({ length: 500 }, () => ({ message: "no" })));
    expect(result.ok || result.problems.length).toBe(100);
  });
});

test.each<[string, (value: unknown) => unknown]>([
  [
    "throws",
    () => {
      throw new Error("4000-0012");
    },
  ],
  ["rejects", () => Promise.reject(new Error("4000-0012"))],
  ["answers nothing", () => undefined],
  ["has an empty list of issues", () => ({ issues: [] })],
  ["has issues that are no list", () => ({ issues: "4000-0012" })],
  ["has issues that are nothing", () => ({ issues: [null, undefined, 5] })],
  ["has paths of anything", () => ({ issues: [{ path: [Symbol("4000"), null, { key: Symbol("a") }] }] })],
])("one that %s accepts nothing, and does not break the check", async (_, validate) => {
  const result = await eventOf(validate).check({});
  expect(result.ok).toBe(false);
  expect(JSON.stringify(result)).not.toContain("4000-0012");
});
