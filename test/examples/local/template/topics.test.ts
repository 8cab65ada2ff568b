import { describe, expect, test } from "vitest";
import { loadText, markedLine, problemsOf, sam, workerFunction } from "./load-text.ts";

const queuePolicy = (statement = "", queues = "!Ref Q, !Ref D") => `S:
  Type: AWS::SQS::QueuePolicy
  Properties:
    Queues: [${queues}]
    PolicyDocument: { Statement: [{ Effect: Allow, Principal: { Service: sns.amazonaws.com }, Action: sqs:SendMessage, Resource: "*"${statement} }] }
`;
const fromTopic = ", Condition: { ArnEquals: { aws:SourceArn: !Ref T } }";

/** A topic with a queue behind it, and a dead-letter queue. */
function subscribed(resources: string, { topic = "", queue = "", dead = "", properties = "" } = {}): string {
  return sam(`T: { Type: AWS::SNS::Topic, Properties: { ${topic} } }
Q: { Type: AWS::SQS::Queue, Properties: { ${queue} } }
D: { Type: AWS::SQS::Queue, Properties: { ${dead} } }
Sub:
  Type: AWS::SNS::Subscription
  Properties: { TopicArn: !Ref T, Protocol: sqs, Endpoint: !GetAtt Q.Arn${properties} }
${resources}`);
}
const withDead = { properties: ", RedrivePolicy: { deadLetterTargetArn: !GetAtt D.Arn }" };
const messagesOf = (template: string) => problemsOf(template).map(({ message }) => message);

describe("a topic and its subscriptions", () => {
  test("are read with AWS's defaults", () => {
    const stack = loadText(subscribed(queuePolicy(fromTopic)));
    expect(stack.topics).toEqual([
      {
        logicalId: "T",
        name: "app-T",
        arn: "arn:aws:sns:us-east-1:000000000000:app-T",
        place: expect.anything(),
        fifo: false,
        contentBasedDeduplication: false,
      },
    ]);
    expect(stack.subscriptions).toEqual([
      {
        logicalId: "Sub",
        arn: "arn:aws:sns:us-east-1:000000000000:app-T:Sub",
        topicArn: stack.topics[0]?.arn,
        protocol: "sqs",
        endpointArn: stack.queues[0]?.arn,
        rawMessageDelivery: false,
        filterPolicyScope: "MessageAttributes",
        place: expect.anything(),
      },
    ]);
  });

  test("are read with all that may be written", () => {
    const template = subscribed(queuePolicy(), {
      properties:
        ", RawMessageDelivery: true, FilterPolicy: { a: [x] }, FilterPolicyScope: MessageBody, RedrivePolicy: { deadLetterTargetArn: !GetAtt D.Arn }",
    });
    expect(loadText(template).subscriptions[0]).toMatchObject({
      rawMessageDelivery: true,
      filterPolicy: { a: ["x"] },
      filterPolicyScope: "MessageBody",
      deadLetterArn: "arn:aws:sqs:us-east-1:000000000000:app-D",
    });
  });

  test("may be written in the topic, where people are passed over", () => {
    const template = sam(`T:
  Type: AWS::SNS::Topic
  Properties:
    Subscription:
      - { Protocol: email, Endpoint: a@example.com }
      - { Protocol: sqs, Endpoint: !GetAtt Q.Arn }
Q: { Type: AWS::SQS::Queue }
${queuePolicy("", "!Ref Q")}`);
    expect(loadText(template).subscriptions.map(({ logicalId, protocol }) => [logicalId, protocol])).toEqual([
      ["TSubscription2", "sqs"],
    ]);
  });

  test("of people are for deployment only", () => {
    const template = sam(`T: { Type: AWS::SNS::Topic }
Sub: { Type: AWS::SNS::Subscription, Properties: { TopicArn: !Ref T, Protocol: sms, Endpoint: "+491" } }`);
    const stack = loadText(template);
    expect(stack.subscriptions).toEqual([]);
    expect(stack.deployOnly.map(({ logicalId }) => logicalId)).toEqual(["Sub"]);
  });

  test("SAM's SNS event subscribes its function, and brings the permission with it", () => {
    const events =
      "Events:\n  E: { Type: SNS, Properties: { Topic: !Ref T, FilterPolicy: { a: [x] }, SqsSubscription: false } }";
    const stack = loadText(sam(`T: { Type: AWS::SNS::Topic }\n${workerFunction(events)}`));
    expect(stack.subscriptions).toMatchObject([
      {
        logicalId: "WorkerE",
        protocol: "lambda",
        topicArn: stack.topics[0]?.arn,
        endpointArn: stack.functions[0]?.arn,
        filterPolicy: { a: ["x"] },
      },
    ]);
  });
});

describe("a queue behind a topic", () => {
  test.each([
    ["on behalf of the topic", fromTopic],
    ["on behalf of anybody", ""],
  ])("is fine when its policy lets SNS in %s", (_what, statement) => {
    expect(messagesOf(subscribed(queuePolicy(statement), withDead))).toEqual([]);
  });

  test("that nothing lets SNS into is refused, and so is its dead-letter queue", () => {
    expect(messagesOf(subscribed("", withDead)).map((message) => message.split(";")[0])).toEqual([
      "T may not send to its subscriber Q, so SNS would drop the message",
      "T may not send to its dead-letter queue D, so SNS would drop the message",
    ]);
  });

  test("is refused when its policy lets in another topic", () => {
    const other = ", Condition: { ArnEquals: { aws:SourceArn: 'arn:aws:sns:us-east-1:000000000000:x' } }";
    expect(messagesOf(subscribed(queuePolicy(other)))).toHaveLength(1);
  });

  const key = (principal: string) => `${queuePolicy()}K:
  Type: AWS::KMS::Key
  Properties:
    KeyPolicy: { Statement: [{ Effect: Allow, Principal: { Service: ${principal} }, Action: [kms:Decrypt, "kms:GenerateDataKey*"], Resource: "*" }] }
`;
  const encrypted = { queue: "KmsMasterKeyId: !Ref K" };
  test("needs a key that lets SNS use it, when it is encrypted", () => {
    expect(messagesOf(subscribed(key("sns.amazonaws.com"), encrypted))).toEqual([]);
    expect(messagesOf(subscribed(key("events.amazonaws.com"), encrypted)).join()).toContain(
      "does not let sns.amazonaws.com use kms:GenerateDataKey",
    );
  });
});

test("a queue is subscribed once to a topic", () => {
  const again = `Again:
  Type: AWS::SNS::Subscription
  Properties: { TopicArn: !Ref T, Protocol: sqs, Endpoint: !GetAtt Q.Arn, RawMessageDelivery: true }
`;
  expect(messagesOf(subscribed(queuePolicy() + again))).toEqual([
    expect.stringContaining("Sub subscribes the same to the same topic"),
  ]);
});

describe("a function behind a topic", () => {
  const subscription = `T: { Type: AWS::SNS::Topic }
Sub: { Type: AWS::SNS::Subscription, Properties: { TopicArn: !Ref T, Protocol: lambda, Endpoint: !GetAtt Worker.Arn } }
`;
  const permission = (principal: string) =>
    `P: { Type: AWS::Lambda::Permission, Properties: { Action: lambda:InvokeFunction, FunctionName: !Ref Worker, Principal: ${principal}, SourceArn: !Ref T } }\n`;

  test("needs a permission for SNS", () => {
    expect(messagesOf(sam(subscription + permission("sns.amazonaws.com") + workerFunction()))).toEqual([]);
    expect(messagesOf(sam(subscription + permission("events.amazonaws.com") + workerFunction()))).toEqual([
      expect.stringContaining("T may not invoke this function, so SNS would drop the message"),
    ]);
  });

  test("is invoked asynchronously: its failures may go somewhere, and its lease must end before its last retry", () => {
    const properties = (lease: string) => `Environment: { Variables: { IDEMPOTENCY_LEASE_MS: ${lease} } }
EventInvokeConfig: { DestinationConfig: { OnFailure: { Type: SNS, Destination: !Ref Failed } } }`;
    const template = (lease: string) =>
      sam(
        `${subscription}${permission("sns.amazonaws.com")}Failed: { Type: AWS::SNS::Topic }\n${workerFunction(properties(lease))}`,
      );
    expect(messagesOf(template('"60000"'))).toEqual([]);
    expect(messagesOf(template('"180000"'))).toEqual([
      expect.stringContaining("outlasts its source's retries"),
    ]);
  });
});

describe("a rule's topic", () => {
  const rule = (resources: string, topic = "") =>
    sam(`T: { Type: AWS::SNS::Topic, Properties: { ${topic} } }
R:
  Type: AWS::Events::Rule
  Properties: { EventPattern: { source: [a] }, Targets: [{ Id: t, Arn: !Ref T }] }
${resources}`);
  const policy = (statement: string) =>
    `P: { Type: AWS::SNS::TopicPolicy, Properties: { Topics: [!Ref T], PolicyDocument: { Statement: [{ Effect: Allow, ${statement} }] } } }`;
  const letsIn = "Principal: { Service: events.amazonaws.com }, Action: sns:Publish, Resource: !Ref T";

  test("is a target when its policy lets EventBridge publish", () => {
    expect(messagesOf(rule(policy(letsIn)))).toEqual([]);
  });

  test.each([
    ["it has no policy", ""],
    ["its policy lets in another service", policy(letsIn.replace("events", "s3"))],
    ["its policy allows another action", policy(letsIn.replace("Publish", "Subscribe"))],
  ])("is refused when %s", (_what, resources) => {
    expect(messagesOf(rule(resources))).toEqual([
      expect.stringContaining("R may not publish to T, so EventBridge would drop the event"),
    ]);
  });

  test("is no FIFO topic, which EventBridge cannot publish to", () => {
    expect(messagesOf(rule(policy(letsIn), "FifoTopic: true")).join()).toContain("T is a FIFO topic");
  });

  test("is refused when AWS's own key encrypts it, which lets nobody in", () => {
    expect(messagesOf(rule(policy(letsIn), "KmsMasterKeyId: alias/aws/sns")).join()).toContain(
      "lets no other service in",
    );
  });
});

describe("an alarm's topic", () => {
  const alarm = (resources: string, topic = "") =>
    sam(`T: { Type: AWS::SNS::Topic, Properties: { ${topic} } }
A:
  Type: AWS::CloudWatch::Alarm
  Properties: { AlarmActions: [!Ref T], ComparisonOperator: GreaterThanThreshold, EvaluationPeriods: 1, Threshold: 1 }
${resources}`);
  const policy = (service: string) =>
    `P: { Type: AWS::SNS::TopicPolicy, Properties: { Topics: [!Ref T], PolicyDocument: { Statement: [{ Effect: Allow, Principal: { Service: ${service} }, Action: sns:Publish, Resource: !Ref T }] } } }`;

  test("lets CloudWatch in when it has no policy, or one that says so", () => {
    expect(messagesOf(alarm(""))).toEqual([]);
    expect(messagesOf(alarm(policy("cloudwatch.amazonaws.com")))).toEqual([]);
  });

  test("is refused when its policy leaves CloudWatch out", () => {
    expect(messagesOf(alarm(policy("events.amazonaws.com")))).toEqual([
      expect.stringContaining("A may not publish to T, so CloudWatch would drop the alarm"),
    ]);
  });

  test("is refused when AWS's own key encrypts it", () => {
    expect(messagesOf(alarm("", "KmsMasterKeyId: alias/aws/sns"))).toEqual([
      expect.stringContaining("lets no other service in"),
    ]);
  });
});

describe("refused with its line:", () => {
  const fifo = { topic: "FifoTopic: true" };
  const cases: readonly [what: string, template: string, says: string][] = [
    [
      "a FIFO topic's name without .fifo",
      sam("T:\n  Type: AWS::SNS::Topic\n  Properties:\n    FifoTopic: true\n    TopicName: t # here"),
      "must end in .fifo",
    ],
    [
      "a standard topic's name with .fifo",
      sam("T:\n  Type: AWS::SNS::Topic\n  Properties:\n    TopicName: t.fifo # here"),
      "set FifoTopic: true",
    ],
    [
      "deduplication by a standard topic",
      sam("T:\n  Type: AWS::SNS::Topic\n  Properties:\n    ContentBasedDeduplication: true # here"),
      "only a FIFO topic",
    ],
    [
      "two topics of one name",
      sam(
        "A: { Type: AWS::SNS::Topic, Properties: { TopicName: t } }\nB: # here\n  Type: AWS::SNS::Topic\n  Properties: { TopicName: t }",
      ),
      "is taken by A",
    ],
    [
      "an unknown property",
      sam("T:\n  Type: AWS::SNS::Topic\n  Properties:\n    ArchivePolicy: {} # here"),
      "ArchivePolicy is no property",
    ],
    [
      "a FIFO queue behind a standard topic",
      subscribed(queuePolicy(), { queue: "FifoQueue: true" }),
      "no standard topic delivers to",
    ],
    [
      "a standard dead-letter queue of a FIFO topic's subscription",
      subscribed(queuePolicy(), { ...fifo, ...withDead }),
      "must be a FIFO queue",
    ],
    [
      "a queue's name where its ARN must be",
      subscribed(queuePolicy()).replace("!GetAtt Q.Arn }", "!Ref Q }"),
      "is no ARN",
    ],
    [
      "a topic that is not there",
      subscribed(queuePolicy()).replace("TopicArn: !Ref T", "TopicArn: arn:aws:sns:us-east-1:000000000000:x"),
      "is no resource of this template",
    ],
    [
      "a protocol that is not served",
      subscribed(queuePolicy()).replace("sqs, E", "firehose, E"),
      '"firehose" is not served',
    ],
    [
      "a scope without a policy",
      subscribed(queuePolicy(), { properties: ", FilterPolicyScope: MessageBody" }),
      "there is no FilterPolicy",
    ],
    [
      "raw messages for a function",
      sam(
        `T: { Type: AWS::SNS::Topic }\nS: { Type: AWS::SNS::Subscription, Properties: { TopicArn: !Ref T, Protocol: lambda, Endpoint: !GetAtt Worker.Arn, RawMessageDelivery: true } }\n${workerFunction()}`,
      ),
      "a function gets no raw messages",
    ],
    [
      "a function behind a FIFO topic",
      sam(
        `T: { Type: AWS::SNS::Topic, Properties: { FifoTopic: true } }\n${workerFunction("Events:\n  E: { Type: SNS, Properties: { Topic: !Ref T } }")}`,
      ),
      "delivers to queues only",
    ],
    [
      "a queue that SAM would make",
      sam(
        `T: { Type: AWS::SNS::Topic }\n${workerFunction("Events:\n  E:\n    Type: SNS\n    Properties:\n      Topic: !Ref T\n      SqsSubscription: true # here")}`,
      ),
      "declare the queue",
    ],
    [
      "a FIFO topic for failures",
      sam(
        `F: { Type: AWS::SNS::Topic, Properties: { FifoTopic: true } }\nT: { Type: AWS::SNS::Topic }\n${workerFunction("DeadLetterQueue: { Type: SNS, TargetArn: !Ref F }\nEvents:\n  E: { Type: SNS, Properties: { Topic: !Ref T } }")}`,
      ),
      "standard queues and topics only",
    ],
  ];
  test.each(cases)("%s", (_what, template, says) => {
    const problems = problemsOf(template);
    expect(problems.map(({ message }) => message).join("\n")).toContain(says);
    const line = markedLine(template);
    if (line > 0) expect(problems.map(({ place }) => place.line)).toContain(line);
  });
});
