import { describe, expect, test } from "vitest";
import { loadText, markedLine, problemsOf } from "./load-text.ts";

const declared = (rules: string) => `Parameters:
  P: ${rules} # here
Resources:
  Q: { Type: AWS::SQS::Queue }
Outputs:
  Value: { Value: !Ref P }
`;

test("a parameter has the value given, else its default", () => {
  const template = declared("{ Type: String, Default: a }");
  expect(loadText(template).outputs).toEqual({ Value: "a" });
  expect(loadText(template, { parameters: { P: "b" } }).outputs).toEqual({ Value: "b" });
});

test.each(["CommaDelimitedList", "List<AWS::EC2::Subnet::Id>", "List<AWS::EC2::SecurityGroup::Id>"])(
  "a parameter of type %s is a list",
  (type) => {
    const template = declared(`{ Type: "${type}" }`).replace("!Ref P", '!Join ["/", !Ref P]');
    expect(loadText(template, { parameters: { P: "one, two" } }).outputs).toEqual({ Value: "one/two" });
  },
);

describe("a value is refused that", () => {
  test.each([
    ["is missing", "{ Type: String }", {}, "has no value"],
    ["is none of those allowed", "{ Type: String, AllowedValues: [a, b] }", { P: "c" }, "is none of a, b"],
    [
      "matches the pattern in part only",
      "{ Type: String, AllowedPattern: '[a-z]' }",
      { P: "ab" },
      "does not match",
    ],
    ["is too short", "{ Type: String, MinLength: 2 }", { P: "a" }, "shorter than 2"],
    ["is too long", "{ Type: String, MaxLength: 1 }", { P: "ab" }, "longer than 1"],
    ["is no number", "{ Type: Number }", { P: "x" }, "is no number"],
    ["is too small a number", "{ Type: Number, MinValue: 2 }", { P: "1" }, "less than 2"],
    ["is too large a number", "{ Type: Number, MaxValue: 2 }", { P: "3" }, "more than 2"],
    [
      "has a type that is not served",
      "{ Type: AWS::SSM::Parameter::Value<String>, Default: x }",
      {},
      "is not served",
    ],
  ])("%s", (_what, rules, parameters, says) => {
    const template = declared(rules);
    const problems = problemsOf(template, { parameters });
    expect(problems).toHaveLength(1);
    expect(problems[0]?.message).toContain(says);
    expect(problems[0]?.place.line).toBe(markedLine(template));
  });
});

test("a value that may be a secret is not repeated in the message", () => {
  const problems = problemsOf(declared("{ Type: String, NoEcho: true, MaxLength: 1 }"), {
    parameters: { P: "hunter2" },
  });
  expect(problems.map(({ message }) => message).join()).not.toContain("hunter2");
});

test("a value for a parameter that is not declared is refused", () => {
  const problems = problemsOf(declared("{ Type: String, Default: a }"), { parameters: { Q: "x" } });
  expect(problems).toMatchObject([
    { message: expect.stringContaining("Q was given but is not declared; known are P") },
  ]);
});
