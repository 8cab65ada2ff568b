import { describe, expect, test } from "vitest";
import { loadText, markedLine, problemsOf, sam } from "./load-text.ts";

/** A template whose one output is the expression, beside a queue, a table, parameters, a mapping and conditions. */
function outputting(expression: string): string {
  // `%{` stands for the `${` of Fn::Sub, which would look like a template literal gone wrong.
  return `Parameters:
  Stage: { Type: String, Default: dev }
  Zones: { Type: CommaDelimitedList, Default: "a, b ,c" }
Mappings:
  Sizes:
    dev: { small: "1" }
Conditions:
  IsDev: !Equals [!Ref Stage, dev]
  IsProd: !Equals [!Ref Stage, prod]
  IsNotDev: !Not [!Condition IsDev]
  Both: !And [!Condition IsDev, !Condition IsNotDev]
  Either: !Or [!Condition IsDev, Condition: IsNotDev]
Resources:
  Q: { Type: AWS::SQS::Queue }
  T: { Type: AWS::DynamoDB::Table, Properties: { TableName: !Sub "t-\${Stage}", BillingMode: PAY_PER_REQUEST, AttributeDefinitions: [{ AttributeName: id, AttributeType: S }], KeySchema: [{ AttributeName: id, KeyType: HASH }] } }
  Absent: { Type: AWS::SQS::Queue, Condition: IsProd }
Outputs:
  Value:
    Value: ${expression.replaceAll("%{", "${")} # here
`;
}

describe("an intrinsic function gives", () => {
  test.each([
    ["a parameter's value", "!Ref Stage", "dev"],
    ["the same in the long form", "{ Ref: Stage }", "dev"],
    ["a queue's URL at the given endpoint", "!Ref Q", "http://127.0.0.1:9324/000000000000/app-Q"],
    ["a table's name, itself made of a parameter", "!Ref T", "t-dev"],
    ["an attribute", "!GetAtt Q.Arn", "arn:aws:sqs:us-east-1:000000000000:app-Q"],
    ["an attribute named in a list", "!GetAtt [Q, QueueName]", "app-Q"],
    [
      "an attribute in the long form",
      "{ Fn::GetAtt: [T, Arn] }",
      "arn:aws:dynamodb:us-east-1:000000000000:table/t-dev",
    ],
    [
      "pseudo parameters",
      "!Sub '%{AWS::Partition} %{AWS::Region} %{AWS::AccountId} %{AWS::StackName} %{AWS::URLSuffix}'",
      "aws us-east-1 000000000000 app amazonaws.com",
    ],
    ["a substitution of names and attributes", "!Sub '%{Stage}/%{Q.QueueName}'", "dev/app-Q"],
    ["a literal in a substitution", "!Sub '%{!Stage}'", "%{Stage}"],
    [
      "a substitution with its own values",
      "!Sub ['%{Mine}-%{Stage}', { Mine: !Join ['', [a, b]] }]",
      "ab-dev",
    ],
    ["a joined list", "!Join ['-', [!Ref Stage, x, 007]]", "dev-x-007"],
    ["a joined parameter list, its spaces cut", "!Join ['', !Ref Zones]", "abc"],
    ["one of a list", "!Select [1, !Ref Zones]", "b"],
    ["a part of a split text", "!Select [2, !Split [':', !GetAtt Q.Arn]]", "sqs"],
    ["a mapped value", "!FindInMap [Sizes, !Ref Stage, small]", "1"],
    ["the branch of a condition that holds", "!If [IsDev, yes, no]", "yes"],
    ["the branch of one that does not", "!If [IsProd, !Ref Absent, no]", "no"],
    ["the branch of a negation", "!If [IsNotDev, yes, no]", "no"],
    ["the branch of a conjunction", "!If [Both, yes, no]", "no"],
    ["the branch of a disjunction", "!If [Either, yes, no]", "yes"],
    ["a number as it was written", "0123", "0123"],
  ])("%s", (_what, expression, expected) => {
    expect(loadText(outputting(expression)).outputs["Value"]).toBe(expected.replaceAll("%{", "${"));
  });
});

describe("an intrinsic function that cannot be evaluated is refused with its line:", () => {
  test.each([
    ["a name that is nothing", "!Ref Gone", "Gone is neither a parameter nor a resource"],
    ["a name that is nothing, within a text", "!Sub '%{Gone}'", "Gone is neither a parameter nor a resource"],
    ["an empty name within a text", "!Sub '%{}'", "is neither a parameter nor a resource"],
    ["an attribute of nothing", "!GetAtt Gone.Arn", "Gone is no resource"],
    ["an attribute that the type lacks", "!GetAtt Q.Url", "known are Arn, QueueName, QueueUrl"],
    ["an attribute inherited from objects", "!GetAtt Q.constructor", "has no attribute constructor"],
    ["a resource that is not made", "!Ref Absent", "its condition IsProd does not hold"],
    ["an item beyond the list", "!Select [3, !Ref Zones]", "the list has 3"],
    ["a key that is not mapped", "!FindInMap [Sizes, dev, large]", "no Sizes.dev.large"],
    ["a condition that is not there", "!If [Gone, a, b]", "Gone is no condition"],
    ["a mistake in the branch not taken", "!If [IsDev, a, !Ref Gone]", "Gone is neither"],
    ["a list where a text belongs", "!Sub '%{Zones}'", "is not a text"],
    ["a list as an output", "!Ref Zones", "an output is a text"],
    ["a function that is not served", "!Base64 x", "!Base64 is not served"],
    ["one that is not served, in the long form", "{ Fn::ImportValue: x }", "Fn::ImportValue is not served"],
    ["a condition's function outside Conditions", "!Equals [a, b]", "Fn::Equals belongs in Conditions"],
    ["a function beside other keys", "{ Ref: Stage, other: 1 }", "must be the only key"],
  ])("%s", (_what, expression, says) => {
    const template = outputting(expression);
    const [problem] = problemsOf(template);
    expect(problem?.message).toContain(says);
    expect(problem?.place.line).toBe(markedLine(template));
  });
});

test("AWS::NoValue takes the property away", () => {
  const { queues } = loadText(
    sam(
      "Q:\n  Type: AWS::SQS::Queue\n  Properties:\n    DelaySeconds: !Ref AWS::NoValue\n    QueueName: !If [No, n, !Ref AWS::NoValue]",
      "Conditions: { No: !Equals [a, b] }\n",
    ),
  );
  expect(queues).toMatchObject([{ delaySeconds: 0, name: "app-Q" }]);
});

test("a resource whose condition does not hold is not made", () => {
  expect(loadText(outputting("x")).queues.map(({ logicalId }) => logicalId)).toEqual(["Q"]);
});

test("a condition that depends on itself is refused", () => {
  const template = sam(
    "Q: { Type: AWS::SQS::Queue }",
    "Conditions:\n  A: !Not [!Condition B]\n  B: !Not [!Condition A]\n",
  );
  expect(
    problemsOf(template)
      .map(({ message }) => message)
      .join(),
  ).toContain("depends on itself");
});

test("numbers stay numbers in an event pattern, and texts stay texts", () => {
  const { rules } = loadText(
    sam(
      'R:\n  Type: AWS::Events::Rule\n  Properties:\n    EventPattern: { detail: { n: [1, "1", true, { numeric: [">", 0.5] }], on: ["on"] } }',
    ),
  );
  expect(rules[0]?.pattern).toEqual({ detail: { n: [1, "1", true, { numeric: [">", 0.5] }], on: ["on"] } });
});
