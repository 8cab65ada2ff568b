import { describe, expect, test } from "vitest";
import { compilePattern, PatternError } from "../../../../examples/local/eventbridge/pattern.ts";

function refusal(pattern: unknown): PatternError {
  try {
    compilePattern(pattern);
  } catch (error) {
    if (error instanceof PatternError) return error;
    throw error;
  }
  throw new Error(`accepted: ${JSON.stringify(pattern)}`);
}

const value = (alternative: unknown): unknown => ({ detail: { v: ["ok", alternative] } });

const rows: readonly (readonly [rule: string, pattern: unknown, path: string, reason: RegExp])[] = [
  ["a pattern is an object", ["x"], "$", /object of fields/],
  ["text must be parsed first", "{}", "$", /object of fields/],
  ["an empty pattern matches nothing", {}, "$", /empty object/],
  ["an empty object inside too", { detail: {} }, "$.detail", /empty object/],
  ["a value stands in an array", { "detail-type": "x" }, '$["detail-type"]', /into an array/],
  ["null stands in an array", { a: null }, "$.a", /into an array/],
  ["an array has values", { a: { b: [] } }, "$.a.b", /empty array/],
  ["arrays do not nest", value(["x"]), "$.detail.v[1]", /a value to match/],
  ["an operator is known", value({ contains: "x" }), "$.detail.v[1].contains", /no operator "contains"/],
  ["operators are in lower case", value({ PREFIX: "x" }), "$.detail.v[1].PREFIX", /no operator/],
  ["an object has one operator", value({ prefix: "a", suffix: "b" }), "$.detail.v[1]", /one operator/],
  ["an object has an operator", value({}), "$.detail.v[1]", /one operator/],
  ["prefix takes a string", value({ prefix: 5 }), "$.detail.v[1].prefix", /must be a string/],
  [
    "prefix takes no wildcard",
    value({ prefix: { wildcard: "a*" } }),
    "$.detail.v[1].prefix.wildcard",
    /equals-ignore-case/,
  ],
  [
    "suffix ignoring case takes a string",
    value({ suffix: { "equals-ignore-case": 1 } }),
    '$.detail.v[1].suffix["equals-ignore-case"]',
    /string/,
  ],
  [
    "equals-ignore-case takes no list",
    value({ "equals-ignore-case": ["a"] }),
    '$.detail.v[1]["equals-ignore-case"]',
    /string/,
  ],
  [
    "stars do not follow each other",
    value({ wildcard: "a**b" }),
    "$.detail.v[1].wildcard",
    /two wildcard characters/,
  ],
  ["only star and backslash are escaped", value({ wildcard: "a\\b" }), "$.detail.v[1].wildcard", /backslash/],
  [
    "a wildcard does not end in half an escape",
    value({ wildcard: "a\\" }),
    "$.detail.v[1].wildcard",
    /backslash/,
  ],
  ["exists is true or false", value({ exists: "true" }), "$.detail.v[1].exists", /true or false/],
  [
    "anything-but does not mix kinds",
    value({ "anything-but": ["a", 1] }),
    '$.detail.v[1]["anything-but"]',
    /only/,
  ],
  ["anything-but takes no null", value({ "anything-but": null }), '$.detail.v[1]["anything-but"]', /only/],
  [
    "anything-but takes no empty list",
    value({ "anything-but": [] }),
    '$.detail.v[1]["anything-but"]',
    /empty list/,
  ],
  [
    "anything-but takes no numeric",
    value({ "anything-but": { numeric: ["=", 1] } }),
    '$.detail.v[1]["anything-but"].numeric',
    /string|takes/,
  ],
  [
    "anything-but refuses an empty prefix",
    value({ "anything-but": { prefix: "" } }),
    '$.detail.v[1]["anything-but"].prefix',
    /at least one/,
  ],
  [
    "anything-but checks its wildcards",
    value({ "anything-but": { wildcard: ["a", "**"] } }),
    '$.detail.v[1]["anything-but"].wildcard',
    /two wildcard/,
  ],
  ["numeric takes an array", value({ numeric: 5 }), "$.detail.v[1].numeric", /numeric takes/],
  [
    "numeric knows five operators",
    value({ numeric: ["!=", 5] }),
    "$.detail.v[1].numeric",
    /no operator "!="/,
  ],
  [
    "numeric compares with numbers",
    value({ numeric: [">", "5"] }),
    "$.detail.v[1].numeric",
    /followed by a number/,
  ],
  [
    "a range begins with its lower bound",
    value({ numeric: ["<", 5, ">", 0] }),
    "$.detail.v[1].numeric",
    /lower bound first/,
  ],
  ["a range has room", value({ numeric: [">", 5, "<", 5] }), "$.detail.v[1].numeric", /less than/],
  ["a range has two ends", value({ numeric: [">", 5, "<"] }), "$.detail.v[1].numeric", /numeric takes/],
  ["cidr has a mask", value({ cidr: "10.0.0.1" }), "$.detail.v[1].cidr", /10\.0\.0\.0\/24/],
  ["cidr has an address", value({ cidr: "10.0.0.256/8" }), "$.detail.v[1].cidr", /not an IP address/],
  ["an IPv6 group has four digits", value({ cidr: "12345::/16" }), "$.detail.v[1].cidr", /not an IP address/],
  ["an IPv6 address has one gap", value({ cidr: "1::2::3/16" }), "$.detail.v[1].cidr", /not an IP address/],
  [
    "an IPv6 address has eight groups",
    value({ cidr: "1:2:3:4:5:6:7/16" }),
    "$.detail.v[1].cidr",
    /not an IP address/,
  ],
  ["a mask leaves a bit", value({ cidr: "10.0.0.1/32" }), "$.detail.v[1].cidr", /below 32/],
  ["a number has 64 bits", value(Number.POSITIVE_INFINITY), "$.detail.v[1]", /64-bit/],
  ["$or takes an array", { $or: { a: [1] } }, '$["$or"]', /at least two/],
  ["$or has two choices", { $or: [{ a: [1] }] }, '$["$or"]', /at least two/],
  ["$or chooses between objects", { $or: [{ a: [1] }, "b"] }, '$["$or"][1]', /object/],
  [
    "an operator inside $or is misplaced",
    { $or: [{ a: [1] }, { numeric: ["=", 1] }] },
    '$["$or"][1].numeric',
    /cannot be a field/,
  ],
];

describe("a pattern that EventBridge refuses", () => {
  test.each(rows)("%s", (_rule, pattern, path, reason) => {
    const error = refusal(pattern);
    expect(error).toMatchObject({ path, code: "InvalidEventPatternException" });
    expect(error.message).toMatch(reason);
    expect(error.message).toContain(path);
  });

  test("$or makes at most a thousand combinations", () => {
    const ten = (name: string): unknown => Array.from({ length: 10 }, (_, index) => ({ [name]: [index] }));
    const pattern = { a: { $or: ten("x") }, b: { $or: ten("x") }, c: { $or: ten("x") } };
    expect(compilePattern(pattern)({ a: { x: 9 }, b: { x: 0 }, c: { x: 5 } })).toBe(true);
    expect(refusal({ ...pattern, d: { $or: ten("x") } }).message).toMatch(/1000 combinations/);
  });
});
