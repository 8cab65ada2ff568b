import { describe, expect, test } from "vitest";
import { eventJson } from "../../../../examples/local/eventbridge/event.ts";
import {
  compileTargetInput,
  TargetInputError,
  type TransformSource,
} from "../../../../examples/local/eventbridge/input-transformer.ts";

const detail = {
  "instance-id": "i-0123",
  state: "RUNNING",
  count: 2,
  ok: true,
  none: null,
  quoted: 'say "hi"',
  owner: { name: "Ann" },
  items: [{ sku: "a" }, { sku: "b" }, {}],
  "path/like_name": 1,
};
const event = {
  version: "0",
  id: "7bf73129",
  "detail-type": "State change",
  source: "my.app",
  account: "123456789012",
  time: "2026-11-11T21:29:54Z",
  region: "eu-west-1",
  resources: [],
  detail,
} as const;
const source: TransformSource = {
  event,
  json: eventJson(event, JSON.stringify(detail)),
  ruleArn: "arn:aws:events:eu-west-1:123456789012:rule/orders/r1",
  ruleName: "r1",
  ingestedAtMs: Date.UTC(2026, 10, 11, 21, 29, 55, 999),
};

const paths = {
  id: "$.detail.instance-id",
  state: "$.detail.state",
  count: "$.detail.count",
  none: "$.detail.none",
  quoted: "$.detail.quoted",
  owner: "$.detail.owner",
  missing: "$.detail.nowhere.at.all",
};
const render = (inputTemplate: string, inputPathsMap: Readonly<Record<string, string>> = paths): string =>
  compileTargetInput({ id: "t", inputTransformer: { inputPathsMap, inputTemplate } })(source);

test("without any input setting the target gets the whole event", () => {
  expect(JSON.parse(compileTargetInput({ id: "t" })(source))).toEqual(event);
});

test("a path may have 256 characters", () => {
  expect(compileTargetInput({ id: "t", inputPath: `$.${"a".repeat(254)}` })(source)).toBe("null");
});

test("a constant input is sent as it stands", () => {
  expect(compileTargetInput({ id: "t", input: ' {"a": 1}' })(source)).toBe(' {"a": 1}');
});

describe("InputPath", () => {
  test.each([
    ["$", event],
    ["$.detail", detail],
    ["$.detail.instance-id", "i-0123"],
    ["$.detail.items[1].sku", "b"],
    ["$.detail.items[*].sku", ["a", "b"]],
    ["$.detail.owner.*", ["Ann"]],
    ["$.detail.path/like_name", 1],
    ["$.detail.none", null],
    ["$.detail.items[9]", null],
    ["$.detail.items.sku", null],
    ["$.detail.owner[0]", null],
    ["$.constructor", null],
  ])("%s", (inputPath, expected) => {
    expect(JSON.parse(compileTargetInput({ id: "t", inputPath })(source))).toEqual(expected);
  });
});

describe("a template", () => {
  test.each([
    ["a quoted line keeps its quotes", '"<id> is <state>"', '"i-0123 is RUNNING"'],
    ["several quoted lines", '"<id>"\n"<state>"', '"i-0123"\n"RUNNING"'],
    [
      "a bare string gets quotes, a quoted one keeps its own",
      '{"a":<id>,"b":"<id>"}',
      '{"a":"i-0123","b":"i-0123"}',
    ],
    ["numbers, lists and null stay what they are", '{"a":[<count>,<none>,true]}', '{"a":[2,null,true]}'],
    ["an object is put in whole", '{"a":<owner>}', '{"a":{"name":"Ann"}}'],
    ["inside a string an object loses its quotes", '"by <owner>"', '"by {name:Ann}"'],
    [
      "what the path does not find is an empty string",
      '{"a":<missing>,"b":"x<missing>"}',
      '{"a":"","b":"x"}',
    ],
    ["a bare string is escaped", '{"a":<quoted>}', '{"a":"say \\"hi\\""}'],
    ["inside a string nothing is escaped", '{"a":"<quoted>"}', '{"a":"say "hi""}'],
    ["escaped quotes do not end a string", '{"a":"\\"<id>\\" <count>"}', '{"a":"\\"i-0123\\" 2"}'],
    ["what names no variable is text", '"a < b, <> and <id"', '"a < b, <> and <id"'],
    [
      "the rule names itself",
      '{"a":<aws.events.rule-name>,"b":"<aws.events.rule-arn>"}',
      `{"a":"r1","b":"${source.ruleArn}"}`,
    ],
    ["the time of arrival", "[<aws.events.event.ingestion-time>]", '["2026-11-11T21:29:55Z"]'],
    ["the event as JSON", '{"e":<aws.events.event.json>}', `{"e":${source.json}}`],
  ])("%s", (_rule, template, expected) => {
    expect(render(template)).toBe(expected);
  });

  test("aws.events.event is the event without its detail", () => {
    const { detail: _, "detail-type": detailType, ...rest } = event;
    expect(JSON.parse(render("<aws.events.event>"))).toEqual({ ...rest, detailType });
  });
});

describe("refused when the rule is made", () => {
  const refused = (target: Omit<Parameters<typeof compileTargetInput>[0], "id">): TargetInputError => {
    try {
      compileTargetInput({ id: "t1", ...target });
    } catch (error) {
      if (error instanceof TargetInputError) return error;
    }
    throw new Error("accepted");
  };
  const template = (inputTemplate: string, inputPathsMap: Readonly<Record<string, string>> = paths) => ({
    inputTransformer: { inputPathsMap, inputTemplate },
  });

  test.each([
    ["two ways of input", { input: "1", inputPath: "$" }, /only one of/],
    ["an input that is no JSON", { input: "hello" }, /quotes round plain text/],
    ["a path without $", { inputPath: "detail" }, /does not start with \$/],
    ["a path in brackets", { inputPath: "$['detail']" }, /cannot be read at "\['detail'\]"/],
    ["a filter in a path", { inputPath: "$.items[?(@.a)]" }, /cannot be read/],
    ["a path of 257 characters", { inputPath: `$.${"a".repeat(255)}` }, /longer than 256/],
    ["an unknown placeholder", template('"<other>"'), /invalid placeholder other/],
    ["text without quotes", template("<id> is <state>"), /put quotes round text/],
    ["broken JSON", template('{"a": <id>'), /neither JSON/],
    ["a placeholder as a key", template('{"<id>": 1}'), /cannot be an object's key/],
    ["a bare placeholder as a key", template("{<id>: 1}"), /neither JSON/],
    ["the event inside a string", template('"<aws.events.event.json>"'), /without quotes/],
    ["a variable of AWS's", template('"x"', { "aws-x": "$.id" }), /not starting with AWS/],
    ["a variable with a dot", template('"x"', { "a.b": "$.id" }), /not allowed/],
    ["a wrong path for a variable", template('"x"', { a: "id" }), /InputPathsMap\.a/],
    ["a template that is too long", template(`"${"a".repeat(8_192)}"`), /8194 characters/],
    [
      "101 variables",
      template('"x"', Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`v${i}`, "$"]))),
      /at most 100/,
    ],
  ])("%s", (_rule, target, reason) => {
    const error = refused(target);
    expect(error.message).toMatch(reason);
    expect(error.message).toContain("t1");
  });
});
