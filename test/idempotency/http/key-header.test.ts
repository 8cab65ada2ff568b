import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type KeyRules, readKey } from "../../../src/idempotency/http/key-header.ts";

const rules: KeyRules = { header: "Idempotency-Key", strict: false, keyFormat: undefined };
const strict: KeyRules = { ...rules, strict: true };
const keyIn = (line: string, by = rules): string | undefined => {
  const read = readKey([line], by);
  return read.kind === "key" ? read.key : undefined;
};

/** RFC 9651, section 4.1.6: how a String is written. */
const quoted = (key: string): string => `"${key.replace(/["\\]/g, "\\$&")}"`;
const printable = fc.string({
  unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)),
});
const anyKey = printable.filter((key) => key.length >= 1 && key.length <= 255);

describe("a key", () => {
  test("is read as the draft writes it (section 2.2)", () => {
    expect(keyIn('"8e03978e-40d5-43e8-bc93-6894a57f9324"', strict)).toBe(
      "8e03978e-40d5-43e8-bc93-6894a57f9324",
    );
  });

  test("of any printable ASCII comes through quotes and escapes", () => {
    fc.assert(
      fc.property(anyKey, (key) => {
        expect(keyIn(quoted(key), strict)).toBe(key);
      }),
    );
  });

  test("without quotes is the same key, whatever it has but quotes, commas, semicolons and spaces", () => {
    const bare = anyKey.filter((key) => !/[",; ]/.test(key) && !key.includes("\\"));
    fc.assert(
      fc.property(bare, (key) => {
        expect(keyIn(key)).toBe(key);
        expect(keyIn(quoted(key))).toBe(key);
      }),
    );
  });

  test.each(["KG5LxwFBepaKHyUD", "01J9ZQ3V5B7T6W8X9Y0Z1A2B3C", "b3JkZXI=+/", "order:17@shop", "a\\b"])(
    "is taken as clients send it: %s",
    (key) => expect(keyIn(key)).toBe(key),
  );

  test("may have spaces round it, and parameters, which mean nothing", () => {
    expect(keyIn(' \t"a" ')).toBe("a");
    expect(keyIn(" a\t")).toBe("a");
    expect(keyIn('"a";v=1; retry;*x="b,c\\""', strict)).toBe("a");
  });

  test("is as long as 255 characters, not counting quotes and escapes", () => {
    expect(keyIn(quoted('"'.repeat(255)), strict)).toBe('"'.repeat(255));
    expect(keyIn(quoted("x".repeat(256)))).toBeUndefined();
  });

  test("differs by case: it is the client's own text", () => {
    expect(keyIn("A")).not.toBe(keyIn("a"));
  });
});

describe("no key", () => {
  test.each([
    ["an open quote", '"a'],
    ["a quote in the middle", 'a"b"'],
    ["text after a quote", '"a"b'],
    ["two words", "a b"],
    ["an escape of nothing", '"a\\b"'],
    ["a parameter of a bare one", "a;v=1"],
    ["a parameter without a name", '"a";=1'],
    ["a control character", '"a\u0007"'],
    ["what is not ASCII", '"\u00fc"'],
    ["an empty text", '""'],
    ["nothing", ""],
    ["spaces", "  "],
    ["a comma at the end", "a,"],
    ["two in one line", "a, b"],
    ["two in quotes in one line", '"a","b"'],
  ])("is %s", (_what, line) => {
    expect(readKey([line], rules).kind).toBe("malformed");
  });

  test("is a header that is not there", () => {
    expect(readKey([], rules)).toEqual({ kind: "missing" });
  });

  test("is one without quotes, or the same twice, where the server is strict", () => {
    expect(readKey(["a"], strict).kind).toBe("malformed");
    expect(readKey(['"a", "a"'], strict).kind).toBe("malformed");
    expect(readKey(['"a"', '"a"'], strict).kind).toBe("malformed");
    expect(keyIn('"a", a')).toBe("a");
  });

  test("is one of another format than the API says", () => {
    const uuids = { ...rules, keyFormat: /^[\da-f]{8}-([\da-f]{4}-){3}[\da-f]{12}$/i };
    expect(keyIn('"8e03978e-40d5-43e8-bc93-6894a57f9324"', uuids)).toBeDefined();
    expect(keyIn("1", uuids)).toBeUndefined();
  });

  test("whatever is sent, an answer comes, and at once", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'",;\\ a=*\t'), maxLength: 2_000 }), (line) => {
        expect(["key", "malformed"]).toContain(readKey([line], rules).kind);
      }),
      { numRuns: 1_000 },
    );
  });

  test("what was sent is quoted in no answer", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 4 }), (line) => {
        const read = readKey([`"secret${line}`, "secretother"], rules);
        expect(JSON.stringify(read.kind === "malformed" ? read : "")).not.toContain("secret");
      }),
    );
  });
});
