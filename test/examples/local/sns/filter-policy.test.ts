import { PublishCommand } from "@aws-sdk/client-sns";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { compilePattern } from "../../../../examples/local/eventbridge/pattern.ts";
import { compileFilter } from "../../../../examples/local/sns/filter-policy.ts";
import type { MessageAttributes } from "../../../../examples/local/sns/message-attributes.ts";
import { orders, settled, setUp, subscriptionNamed } from "./set-up.ts";

type Policy = Readonly<Record<string, unknown>>;

const text = (StringValue: string) => ({ DataType: "String", StringValue });
const number = (value: number) => ({ DataType: "Number", StringValue: String(value) });
const list = (...values: readonly unknown[]) => ({
  DataType: "String.Array",
  StringValue: JSON.stringify(values),
});
const byAttributes = (policy: Policy, attributes: MessageAttributes): boolean =>
  compileFilter(policy, "MessageAttributes", compilePattern)({ attributes, body: "{}" });
const byBody = (policy: Policy, body: string): boolean =>
  compileFilter(policy, "MessageBody", compilePattern)({ attributes: {}, body });

describe("by attributes", () => {
  const price = [{ numeric: [">", 100, "<=", 200] }];
  const cases: readonly [rule: string, policy: Policy, attributes: MessageAttributes, accepts: boolean][] = [
    ["a text that is named", { a: ["x", "y"] }, { a: text("y") }, true],
    ["no text in other letters", { a: ["x"] }, { a: text("X") }, false],
    ["nothing when the attribute is missing", { a: ["x"] }, { b: text("x") }, false],
    ["only what fulfils every key", { a: ["x"], b: ["y"] }, { a: text("x"), b: text("n") }, false],
    ["any element of a list", { a: ["x"] }, { a: list("w", "x") }, true],
    ["true in a list", { a: [true] }, { a: list(true) }, true],
    ["null in a list", { a: [null] }, { a: list(null) }, true],
    ["no list that is no JSON", { a: ["x"] }, { a: { DataType: "String.Array", StringValue: "x" } }, false],
    ["a number equal in value", { a: [100] }, { a: { DataType: "Number", StringValue: "1e2" } }, true],
    ["a number within a range", { a: price }, { a: number(200) }, true],
    ["no number at an open end", { a: price }, { a: number(100) }, false],
    ["no text that looks like a number", { a: price }, { a: text("150") }, false],
    ["what is missing, for exists: false", { a: [{ exists: false }] }, { b: text("x") }, true],
    ["a message without attributes, for exists: false", { a: [{ exists: false }] }, {}, true],
    ["nothing that is there, for exists: false", { a: [{ exists: false }] }, { a: text("x") }, false],
    ["what is there, for exists: true", { a: [{ exists: true }] }, { a: number(1) }, true],
    ["a prefix", { a: [{ prefix: "or" }] }, { a: text("order") }, true],
    ["a suffix", { a: [{ suffix: "er" }] }, { a: text("order") }, true],
    ["other letters when told so", { a: [{ "equals-ignore-case": "x" }] }, { a: text("X") }, true],
    ["an address of a network", { a: [{ cidr: "10.0.0.0/24" }] }, { a: text("10.0.0.255") }, true],
    ["no address outside it", { a: [{ cidr: "10.0.0.0/24" }] }, { a: text("10.0.1.0") }, false],
    ["all but what is named", { a: [{ "anything-but": ["x"] }] }, { a: text("y") }, true],
    ["a list with anything else", { a: [{ "anything-but": ["x"] }] }, { a: list("x", "y") }, true],
    ["no missing one for anything-but", { a: [{ "anything-but": ["x"] }] }, {}, false],
    [
      "no prefix after anything-but",
      { a: [{ "anything-but": { prefix: "or" } }] },
      { a: text("order") },
      false,
    ],
    ["either side of $or", { $or: [{ a: ["x"] }, { b: ["y"] }] }, { b: text("y") }, true],
    ["neither side of $or", { $or: [{ a: ["x"] }, { b: ["y"] }] }, { b: text("n") }, false],
    ["$or together with a key", { k: ["1"], $or: [{ a: ["x"] }, { b: ["y"] }] }, { b: text("y") }, false],
    ["no binary value", { a: [{ exists: true }] }, { a: { DataType: "Binary", BinaryValue: "AQ==" } }, false],
  ];
  test.each(cases)("accepts %s", (_rule, policy, attributes, accepts) => {
    expect(byAttributes(policy, attributes)).toBe(accepts);
  });
});

describe("by the body", () => {
  const cases: readonly [rule: string, policy: Policy, body: string, accepts: boolean][] = [
    ["a nested value", { a: { b: ["x"] } }, '{"a":{"b":"x"}}', true],
    ["an element of an array", { a: ["x"] }, '{"a":["w","x"]}', true],
    ["a field of an element", { a: { b: ["x"] } }, '{"a":[{"b":"w"},{"b":"x"}]}', true],
    [
      "fields of different elements not together",
      { a: { b: ["x"], c: [1] } },
      '{"a":[{"b":"x","c":2},{"b":"w","c":1}]}',
      false,
    ],
    ["null", { a: [null] }, '{"a":null}', true],
    ["true, which is no text", { a: ["true"] }, '{"a":true}', false],
    ["a number, which is no text", { a: ["1"] }, '{"a":1}', false],
    ["a missing leaf for exists: false", { a: { b: [{ exists: false }] } }, '{"a":{"c":1}}', true],
    ["nothing of a text", { a: [{ exists: false }] }, "hello", false],
    ["nothing of a JSON array", { a: [{ exists: false }] }, '[{"b":1}]', false],
  ];
  test.each(cases)("accepts %s", (_rule, policy, body, accepts) => {
    expect(byBody(policy, body)).toBe(accepts);
  });
});

describe("a policy is refused", () => {
  const values = (count: number) => Array.from({ length: count }, (_, index) => `v${index}`);
  const compile = (policy: Policy, scope: "MessageAttributes" | "MessageBody") => () =>
    compileFilter(policy, scope, compilePattern);
  const five = { a: ["1"], b: ["1"], c: ["1"], d: ["1"], e: ["1"] };

  test("with six keys, and not with five", () => {
    expect(compile(five, "MessageAttributes")).not.toThrow();
    expect(compile({ ...five, f: ["1"] }, "MessageAttributes")).toThrow(/6 keys/);
  });
  test("with 151 combinations, and not with 150", () => {
    expect(compile({ a: values(15), b: values(10) }, "MessageAttributes")).not.toThrow();
    expect(compile({ a: values(151) }, "MessageAttributes")).toThrow(/151 combinations/);
  });
  test("when the depths of a body's lists make more than 150 combinations", () => {
    const policy = (last: number) => ({
      a: { b: { c: { d: values(4) } }, e: { f: values(last) } },
    });
    // AWS's own example: 4 values four levels deep, and 3 values three levels deep, make 144.
    expect(compile(policy(3), "MessageBody")).not.toThrow();
    expect(compile(policy(4), "MessageBody")).toThrow(/192 combinations/);
  });
  test("for attributes when it is nested", () => {
    expect(compile({ a: { b: ["x"] } }, "MessageAttributes")).toThrow(/"a" is nested/);
  });
  test.each([[1_000_000_001], [0.000_001]])("with the number %d", (value) => {
    expect(compile({ a: [value] }, "MessageAttributes")).toThrow(/no number of a policy/);
  });
  test("with an operator that there is not", () => {
    expect(compile({ a: [{ prefx: "x" }] }, "MessageAttributes")).toThrow(/no operator/);
  });
  test("at the start, with its place in the template", async () => {
    const wrong = subscriptionNamed("q", { filterPolicy: { a: "x" } });
    await expect(setUp({ subscriptions: [wrong] })).rejects.toThrow(
      /template\.yaml:7 Resources\.X: FilterPolicy/,
    );
  });
});

test("a subscriber gets exactly what its policy accepts", async () => {
  const { client, sent } = await setUp({
    subscriptions: [
      subscriptionNamed("big", { filterPolicy: { cents: [{ numeric: [">=", 1_000] }] } }),
      subscriptionNamed("body", { filterPolicy: { id: ["2"] }, filterPolicyScope: "MessageBody" }),
    ],
  });
  for (const id of ["1", "2"]) {
    const MessageAttributes = { cents: number(Number(id) * 500) };
    await client.send(
      new PublishCommand({ TopicArn: orders.arn, Message: JSON.stringify({ id }), MessageAttributes }),
    );
  }
  await settled();
  expect(sent.map(([queue, { body }]) => [queue, JSON.parse(body).Message])).toEqual([
    ["big", '{"id":"2"}'],
    ["body", '{"id":"2"}'],
  ]);
});

test("a list of texts accepts exactly the attributes that are in it, as a text or within a list", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 }),
      fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 5 }),
      (wanted, actual) => {
        const expected = actual.some((value) => wanted.includes(value));
        expect(byAttributes({ a: wanted }, { a: list(...actual) })).toBe(expected);
      },
    ),
  );
});
