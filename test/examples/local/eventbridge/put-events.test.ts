import { describe, expect, test } from "vitest";
import { checkEntry, entryBytes, readPutEvents } from "../../../../examples/local/eventbridge/put-events.ts";

const entry = { Source: "my.app", DetailType: "Placed", Detail: '{"id":1}' };
const many = (count: number): { Entries: readonly object[] } => ({
  Entries: Array.from({ length: count }, () => entry),
});

describe("a request fails as a whole", () => {
  test.each([
    ["without entries", {}, "SerializationException", /list of entries/],
    ["with an empty list", many(0), "ValidationException", /greater than or equal to 1/],
    ["with eleven entries", many(11), "ValidationException", /less than or equal to 10/],
    ["with an entry that is no object", { Entries: ["x"] }, "SerializationException", /Entries\[0\]/],
    [
      "with a number for a text",
      { Entries: [entry, { ...entry, Source: 5 }] },
      "SerializationException",
      /Entries\[1\]\.Source/,
    ],
    [
      "with an object for the detail",
      { Entries: [{ ...entry, Detail: {} }] },
      "SerializationException",
      /Detail must be a string/,
    ],
    [
      "with wrong resources",
      { Entries: [{ ...entry, Resources: ["a", 1] }] },
      "SerializationException",
      /Resources/,
    ],
    [
      "with a time that is none",
      { Entries: [{ ...entry, Time: "yesterday" }] },
      "SerializationException",
      /Time/,
    ],
    [
      "with a time beyond the year 9999",
      { Entries: [{ ...entry, Time: 1e15 }] },
      "SerializationException",
      /Time/,
    ],
    ["for a global endpoint", { ...many(1), EndpointId: "abc.123" }, "ValidationException", /EndpointId/],
  ])("%s", (_rule, body, code, message) => {
    expect(() => readPutEvents(body)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) }),
    );
  });

  test.each([[null], [[entry]]])("with %j for an entry", (wrong) => {
    expect(() => readPutEvents({ Entries: [wrong] })).toThrow(/Entries\[0\] must be an object/);
  });

  test("and not with one to ten good entries", () => {
    expect(readPutEvents(many(1))).toHaveLength(1);
    expect(readPutEvents(many(10))).toHaveLength(10);
  });

  test("over 1 MB in all its entries, and not at 1 MB", () => {
    const rest = entryBytes({ source: "s", detailType: "t", resources: [] });
    const half = { Source: "s", DetailType: "t", Detail: "x".repeat(524_288 - rest) };
    expect(readPutEvents({ Entries: [half, half] })).toHaveLength(2);
    expect(() => readPutEvents({ Entries: [half, { ...half, Resources: ["x"] }] })).toThrow(/over the limit/);
  });
});

test("an entry's size is 14 for a time and the UTF-8 bytes of its texts", () => {
  const sized = {
    source: "é",
    detailType: "ab",
    detail: "{}",
    resources: ["€", "x"],
    eventBusName: "not counted",
  };
  expect(entryBytes(sized)).toBe(2 + 2 + 2 + 3 + 1);
  expect(entryBytes({ ...sized, timeMs: 0 })).toBe(10 + 14);
});

describe("one entry fails alone", () => {
  const good = { source: "my.app", detailType: "Placed", detail: '{"id":1}', resources: [] };

  test.each([
    ["source", "Source"],
    ["detailType", "DetailType"],
    ["detail", "Detail"],
  ])("without its %s", (field, name) => {
    expect(checkEntry({ ...good, [field]: "" })).toEqual({
      code: "InvalidArgument",
      message: `Parameter ${name} is not valid. Reason: ${name} is a required argument.`,
    });
  });

  test("with a source of AWS's", () => {
    expect(checkEntry({ ...good, source: "aws.s3" })).toEqual({
      code: "NotAuthorizedForSourceException",
      message: "Not authorized for the source.",
    });
  });

  test("with a detail type of 129 characters", () => {
    expect(checkEntry({ ...good, detailType: "x".repeat(129) })).toMatchObject({ code: "InvalidArgument" });
    expect(checkEntry({ ...good, detailType: "x".repeat(128) })).toHaveProperty("parsedDetail");
  });

  test.each([
    ["text", "text"],
    ["a list", "[1]"],
    ["a string", '"text"'],
    ["null", "null"],
    ["half an object", "{"],
    ["more than an object", '{"a":1}}'],
    ["more than 1,000 levels", `{"a":${"[".repeat(1_000)}${"]".repeat(1_000)}}`],
    ["a string without an end", `{"a":"${'\\"'.repeat(500_000)}`],
  ])("with a detail of %s", (_rule, detail) => {
    expect(checkEntry({ ...good, detail })).toEqual({
      code: "MalformedDetail",
      message: "Detail is malformed.",
    });
  });

  test("and a good one does not", () => {
    expect(checkEntry(good)).toEqual({ ...good, parsedDetail: { id: 1 } });
    expect(checkEntry({ ...good, source: "awsome.app" })).toHaveProperty("parsedDetail");
    const deep = `{"a":${"[".repeat(999)}${"]".repeat(999)},"[[[":"\\"[[["}`;
    expect(checkEntry({ ...good, detail: deep })).toHaveProperty("parsedDetail");
  });
});
