import { describe, expect, test } from "vitest";
import { compilePattern } from "../../../../examples/local/eventbridge/pattern.ts";

type Row = readonly [
  rule: string,
  pattern: unknown,
  matching: readonly unknown[],
  others: readonly unknown[],
];

const operators: readonly Row[] = [
  [
    "a string matches itself, in its own case",
    { v: ["Alice"] },
    ["Alice"],
    ["alice", "Alice ", "", 1, null, true],
  ],
  ["an array of values is a choice", { v: ["a", 2, null] }, ["a", 2, null], ["b", 3, false, "2", "null"]],
  ["an empty string matches only an empty string", { v: [""] }, [""], [" ", null, 0, false]],
  ["null matches only null", { v: [null] }, [null], ["", "null", 0, false]],
  ["true and false match only themselves", { v: [true] }, [true], [false, "true", 1]],
  ["a number matches however it is written", { v: [300] }, [300, 3.0e2], ["300", 300.5]],
  ["minus zero is zero", { v: [0] }, [0, -0], ["0", null]],
  [
    "two spellings of one IP address are equal",
    { v: ["2001:db8::1"] },
    ["2001:DB8:0:0:0:0:0:1"],
    ["2001:db8::2"],
  ],
  ["exactly compares the text alone", { v: [{ exactly: "::1" }] }, ["::1"], ["0:0:0:0:0:0:0:1"]],
  [
    "prefix takes strings that begin so",
    { v: [{ prefix: "us-" }] },
    ["us-", "us-east-1"],
    ["eu-us-", "US-east-1", 5],
  ],
  ["an empty prefix takes any string", { v: [{ prefix: "" }] }, ["", "x"], [1, null, true]],
  [
    "prefix can ignore case",
    { v: [{ prefix: { "equals-ignore-case": "EventB" } }] },
    ["eventbridge", "EVENTB"],
    ["event"],
  ],
  ["suffix takes strings that end so", { v: [{ suffix: ".png" }] }, [".png", "a.png"], ["a.PNG", ".png.gz"]],
  ["suffix can ignore case", { v: [{ suffix: { "equals-ignore-case": ".png" } }] }, ["a.PnG"], ["a.pngx", 5]],
  [
    "equals-ignore-case folds both ways",
    { v: [{ "equals-ignore-case": "aLice" }] },
    ["ALICE", "alice"],
    ["alice ", null],
  ],
  [
    "case folding knows letters that grow",
    { v: [{ "equals-ignore-case": "Straße" }] },
    ["STRASSE", "straße"],
    ["strase"],
  ],
  [
    "regular expression characters are plain text",
    { v: [{ "equals-ignore-case": "a.b(*" }] },
    ["A.B(*"],
    ["axb(*"],
  ],
  ["anything-but excludes one string", { v: [{ "anything-but": "x" }] }, ["y", "", null, true, 5], ["x"]],
  ["anything-but excludes a list of strings", { v: [{ "anything-but": ["x", "y"] }] }, ["z"], ["x", "y"]],
  ["anything-but excludes numbers", { v: [{ "anything-but": [100, 200] }] }, [150, "100"], [100, 2e2]],
  ["anything-but prefix", { v: [{ "anything-but": { prefix: "init" } }] }, ["ready", 5], ["init", "initial"]],
  [
    "anything-but suffix list",
    { v: [{ "anything-but": { suffix: [".a", ".b"] } }] },
    ["x.c"],
    ["x.a", "x.b"],
  ],
  [
    "anything-but ignoring case",
    { v: [{ "anything-but": { "equals-ignore-case": ["Go"] } }] },
    ["gone"],
    ["GO", "go"],
  ],
  [
    "anything-but wildcard",
    { v: [{ "anything-but": { wildcard: "*/lib/*" } }] },
    ["/src/a"],
    ["/lib/", "a/lib/b"],
  ],
  ["numeric compares", { v: [{ numeric: [">", 10] }] }, [10.5, 1e9], [10, -1, "11", null]],
  ["numeric less than", { v: [{ numeric: ["<", 5] }] }, [4.9, -8], [5]],
  ["numeric equals", { v: [{ numeric: ["=", 5] }] }, [5, 5.0], [5.1]],
  ["numeric at most", { v: [{ numeric: ["<=", 5] }] }, [5, -8], [5.1]],
  ["numeric at least", { v: [{ numeric: [">=", 5] }] }, [5, 6], [4.9]],
  ["a numeric range has two ends", { v: [{ numeric: [">", 0, "<=", 5] }] }, [0.1, 5], [0, 5.1]],
  [
    "cidr takes the addresses of a block",
    { v: [{ cidr: "10.0.0.0/24" }] },
    ["10.0.0.0", "10.0.0.255"],
    ["10.0.1.0", "ten", 10],
  ],
  ["cidr cuts within a byte", { v: [{ cidr: "10.0.0.16/28" }] }, ["10.0.0.31"], ["10.0.0.15", "10.0.0.32"]],
  ["cidr of IPv6", { v: [{ cidr: "2001:db8::/32" }] }, ["2001:db8:ffff::1"], ["2001:db9::1", "10.0.0.1"]],
  [
    "an IPv4-mapped address is an IPv4 one",
    { v: [{ cidr: "10.0.0.0/8" }] },
    ["::ffff:a01:203"],
    ["::ffff:b01:203"],
  ],
  [
    "a star stands for any characters or none",
    { v: [{ wildcard: "dir/*.png" }] },
    ["dir/.png", "dir/a/b.png"],
    ["dir/.png2", "xdir/.png"],
  ],
  ["the ends of a wildcard do not overlap", { v: [{ wildcard: "ab*ba" }] }, ["abba", "abxba"], ["aba"]],
  ["an escaped star is a star", { v: [{ wildcard: "a\\*b*" }] }, ["a*b", "a*bc"], ["axb"]],
  ["an escaped backslash is a backslash", { v: [{ wildcard: "a\\\\*" }] }, ["a\\", "a\\b"], ["a", "ab"]],
  ["exists takes any leaf, also null", { v: [{ exists: true }] }, [null, "", 0, false], []],
];

describe("operators", () => {
  test.each(operators)("%s", (_rule, pattern, matching, others) => {
    const matches = compilePattern(pattern);
    expect(matching.filter((v) => !matches({ v }))).toEqual([]);
    expect(others.filter((v) => matches({ v }))).toEqual([]);
    expect(matches({ w: matching[0] })).toBe(false);
  });
});

const item = (sku: string, count: number): object => ({ sku, count });

const structure: readonly Row[] = [
  ["every field must match", { a: [1], b: [2] }, [{ a: 1, b: 2, c: 3 }], [{ a: 1 }, { a: 1, b: 3 }]],
  [
    "objects nest as in the event",
    { a: { b: { c: [1] } } },
    [{ a: { b: { c: 1 } } }],
    [{ a: { c: 1 } }, { a: 1 }],
  ],
  ["a missing field is not null", { a: [null] }, [{ a: null }], [{}, { a: [] }, { a: {} }]],
  [
    "exists false asks for no leaf",
    { a: [{ exists: false }] },
    [{}, { a: {} }, { a: [] }, { a: { b: 1 } }],
    [{ a: null }, { a: [1] }],
  ],
  [
    "exists true looks at leaves only",
    { a: [{ exists: true }] },
    [{ a: 0 }, { a: [1] }],
    [{ a: { b: 1 } }, { a: [] }, {}],
  ],
  ["absent or a value", { a: ["x", { exists: false }] }, [{ a: "x" }, { b: 1 }], [{ a: "y" }]],
  [
    "an array in the event matches by any element",
    { a: ["x"] },
    [{ a: ["y", "x"] }, { a: [["x"]] }],
    [{ a: ["y"] }, { a: [] }],
  ],
  [
    "anything-but needs one other element",
    { a: [{ "anything-but": "x" }] },
    [{ a: ["x", "y"] }],
    [{ a: ["x"] }, { a: [] }],
  ],
  [
    "objects in arrays match by any element",
    { items: { sku: ["b"] } },
    [{ items: [item("a", 1), item("b", 2)] }],
    [{ items: [item("a", 1)] }],
  ],
  [
    "fields of one array match in one and the same element",
    { items: { sku: ["a"], count: [2] } },
    [{ items: [item("b", 1), item("a", 2)] }, { items: item("a", 2) }],
    [{ items: [item("a", 1), item("b", 2)] }],
  ],
  [
    "different arrays are independent",
    { left: { x: [1] }, right: { y: [2] } },
    [{ left: [{ x: 0 }, { x: 1 }], right: [{ y: 2 }, { y: 3 }] }],
    [{ left: [{ x: 1 }], right: [{ y: 3 }] }],
  ],
  [
    "nested arrays agree on every level",
    { o: { id: [1], l: { s: ["x"], t: ["y"] } } },
    [{ o: [{ id: 1, l: [{ s: "x", t: "y" }] }] }],
    [
      { o: [{ id: 1, l: [{ s: "x" }, { t: "y" }] }] },
      {
        o: [
          { id: 1, l: [] },
          { id: 2, l: [{ s: "x", t: "y" }] },
        ],
      },
    ],
  ],
  [
    "exists false looks at the element that the fields before it chose",
    { items: { count: [2], sku: [{ exists: false }] } },
    [{ items: [{ count: 1, sku: "a" }, { count: 2 }] }],
    [{ items: [{ count: 1 }, { count: 2, sku: "a" }] }],
  ],
  ["a dot in a name is a step", { a: { b: [1] } }, [{ "a.b": 1 }, { a: { b: 1 } }], [{ a: 1, b: 1 }]],
  ["names are case-sensitive", { Key: ["x"] }, [{ Key: "x" }], [{ key: "x" }]],
  [
    "$or is a choice between objects",
    { s: [1], $or: [{ a: [1] }, { b: [2] }] },
    [
      { s: 1, a: 1 },
      { s: 1, b: 2 },
    ],
    [{ s: 1 }, { a: 1, b: 2 }],
  ],
  [
    "$or works below the top",
    { d: { $or: [{ a: [1] }, { b: [2] }] } },
    [{ d: { b: 2 } }],
    [{ b: 2 }, { d: { a: 2 } }],
  ],
  [
    "$or nests and multiplies",
    { $or: [{ a: [1] }, { b: [1], $or: [{ c: [1] }, { d: [1] }] }], d: { $or: [{ x: [1] }, { y: [1] }] } },
    [
      { a: 1, d: { y: 1 } },
      { b: 1, c: 1, d: { x: 1 } },
    ],
    [
      { b: 1, d: { x: 1 } },
      { a: 1, d: { z: 1 } },
    ],
  ],
  ["operators can be fields outside $or", { prefix: ["x"] }, [{ prefix: "x" }], [{}]],
  ["names that objects inherit are not there", { constructor: [{ exists: true }] }, [], [{}]],
];

describe("structure", () => {
  test.each(structure)("%s", (_rule, pattern, matching, others) => {
    const matches = compilePattern(pattern);
    expect(matching.filter((event) => !matches(event))).toEqual([]);
    expect(others.filter((event) => matches(event))).toEqual([]);
  });

  test("nothing but an object matches", () => {
    const matches = compilePattern({ a: [{ exists: false }] });
    expect([undefined, null, 1, "{}", [], [{ a: 1 }]].filter(matches)).toEqual([]);
  });

  test("an event nested deeper than EventBridge takes matches nothing and does no harm", () => {
    const deep: unknown = JSON.parse(`{"a":${"[".repeat(50_000)}1${"]".repeat(50_000)}}`);
    expect(compilePattern({ a: [1] })(deep)).toBe(false);
    expect(compilePattern({ b: [{ exists: false }] })(deep)).toBe(true);
  });

  test("a wildcard of many stars is matched in one pass", () => {
    const matches = compilePattern({ v: [{ wildcard: `${"a*".repeat(40)}c` }] });
    expect(matches({ v: "a".repeat(100_000) })).toBe(false);
  });
});
