import { describe, expect, test } from "vitest";
import { markedLine, problemsOf, sam, workerFunction } from "./load-text.ts";

/** A rule to a function and a queue, with a dead-letter queue: what each of them lets in comes as resources. */
function ruleWith(resources: string, queueProperties = ""): string {
  return sam(`R:
  Type: AWS::Events::Rule
  Properties:
    EventPattern: { source: [a] }
    Targets:
      - { Id: f, Arn: !GetAtt Worker.Arn }
      - { Id: q, Arn: !GetAtt Q.Arn, DeadLetterConfig: { Arn: !GetAtt D.Arn } }
Q: { Type: AWS::SQS::Queue, Properties: { ${queueProperties} } }
D: { Type: AWS::SQS::Queue }
${workerFunction()}${resources}`);
}

const functionLetsIn =
  "P: { Type: AWS::Lambda::Permission, Properties: { Action: lambda:InvokeFunction, FunctionName: !Ref Worker, Principal: events.amazonaws.com, SourceArn: !GetAtt R.Arn } }\n";

function queuesLetIn(statement: string): string {
  return `S:
  Type: AWS::SQS::QueuePolicy
  Properties:
    Queues: [!Ref Q, !Ref D]
    PolicyDocument: { Statement: [{ ${statement} }] }
`;
}

const everything =
  "Effect: Allow, Principal: { Service: events.amazonaws.com }, Action: sqs:SendMessage, Resource: [!GetAtt Q.Arn, !GetAtt D.Arn], Condition: { ArnEquals: { aws:SourceArn: !GetAtt R.Arn } }";

test("a rule whose targets let it in is fine", () => {
  expect(problemsOf(ruleWith(functionLetsIn + queuesLetIn(everything)))).toEqual([]);
});

test("a rule that nothing lets in is refused for the function, the queue and the dead-letter queue", () => {
  const messages = problemsOf(ruleWith("")).map(({ message }) => message);
  expect(messages.map((message) => message.split(",")[0])).toEqual([
    "R may not invoke this function",
    "R may not send to its target Q",
    "R may not send to its dead-letter queue D",
  ]);
});

describe("a queue policy does not let the rule in:", () => {
  test.each([
    ["for another service", everything.replace("events.", "sns.")],
    ["for another action", everything.replace("sqs:SendMessage", "sqs:ReceiveMessage")],
    ["for another queue", everything.replace("[!GetAtt Q.Arn, !GetAtt D.Arn]", "!GetAtt Other.Arn")],
    [
      "on behalf of another rule",
      everything.replace("!GetAtt R.Arn", "arn:aws:events:us-east-1:000000000000:rule/x"),
    ],
    [
      "on behalf of another account",
      everything.replace(
        "ArnEquals: { aws:SourceArn: !GetAtt R.Arn }",
        "StringEquals: { aws:SourceAccount: '111111111111' }",
      ),
    ],
    ["by denying", everything.replace("Allow", "Deny")],
  ])("%s", (_what, statement) => {
    const template = ruleWith(`${functionLetsIn}${queuesLetIn(statement)}Other: { Type: AWS::SQS::Queue }`);
    expect(problemsOf(template)).toHaveLength(2);
  });
});

describe("a queue policy lets the rule in:", () => {
  test.each([
    ["by wildcards", "Effect: Allow, Principal: '*', Action: 'SQS:*', Resource: '*'"],
    [
      "by a pattern of its ARN",
      everything.replace("ArnEquals", "ArnLike").replace("!GetAtt R.Arn", "arn:aws:events:*:*:rule/app-?"),
    ],
    [
      "for its account",
      everything.replace(
        "ArnEquals: { aws:SourceArn: !GetAtt R.Arn }",
        "StringEquals: { AWS:SourceAccount: !Ref AWS::AccountId }",
      ),
    ],
  ])("%s", (_what, statement) => {
    expect(problemsOf(ruleWith(functionLetsIn + queuesLetIn(statement)))).toEqual([]);
  });
});

test("a permission on behalf of another rule does not let this one invoke the function", () => {
  const other = functionLetsIn.replace("!GetAtt R.Arn", "arn:aws:events:us-east-1:000000000000:rule/x");
  expect(problemsOf(ruleWith(other + queuesLetIn(everything)))).toHaveLength(1);
});

test("SAM's own event brings its permission with it", () => {
  expect(
    problemsOf(
      sam(
        workerFunction("Events:\n  E: { Type: EventBridgeRule, Properties: { Pattern: { source: [a] } } }"),
      ),
    ),
  ).toEqual([]);
});

describe("an encrypted queue's key", () => {
  const key = (principal: string) =>
    `${functionLetsIn}${queuesLetIn(everything)}K:
  Type: AWS::KMS::Key
  Properties:
    KeyPolicy: { Statement: [{ Effect: Allow, Principal: { Service: ${principal} }, Action: [kms:Decrypt, "kms:GenerateDataKey*"], Resource: "*" }] }
A: { Type: AWS::KMS::Alias, Properties: { AliasName: alias/mine, TargetKeyId: !Ref K } }
`;
  test.each(["!GetAtt K.Arn", "!Ref K", "!Ref A"])("lets the rule in when its policy does (%s)", (name) => {
    expect(problemsOf(ruleWith(key("events.amazonaws.com"), `KmsMasterKeyId: ${name}`))).toEqual([]);
  });
  test.each(["!GetAtt K.Arn", "!Ref K", "!Ref A"])("keeps the rule out when its policy does (%s)", (name) => {
    const problems = problemsOf(ruleWith(key("sns.amazonaws.com"), `KmsMasterKeyId: ${name}`));
    expect(problems.map(({ message }) => message).join()).toContain(
      "does not let events.amazonaws.com use kms:GenerateDataKey",
    );
  });
  test("keeps every service out when it is a key of AWS", () => {
    const problems = problemsOf(
      ruleWith(functionLetsIn + queuesLetIn(everything), "KmsMasterKeyId: alias/aws/sqs"),
    );
    expect(problems).toMatchObject([{ message: expect.stringContaining("use a key of your own") }]);
  });
  test("keeps the bus out, too", () => {
    const template = sam(`B:
  Type: AWS::Events::EventBus
  Properties:
    Name: b
    KmsKeyIdentifier: !Ref K # here
K: { Type: AWS::KMS::Key, Properties: { KeyPolicy: { Statement: [] } } }`);
    expect(
      problemsOf(
        template.replace(
          "Statement: []",
          "Statement: { Effect: Deny, Principal: '*', Action: 'kms:*', Resource: '*' }",
        ),
      )[0]?.place.line,
    ).toBe(markedLine(template));
  });
});
