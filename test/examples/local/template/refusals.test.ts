import { describe, expect, test } from "vitest";
import { markedLine, problemsOf, sam, workerFunction } from "./load-text.ts";

/** Each snippet has one mistake, on the line marked `# here`. */
const refused: Record<string, readonly [rule: string, template: string, says: string][]> = {
  "the template as a whole": [
    ["text that is no YAML", "Resources:\n  A: [1\n", "not valid YAML"],
    ["a list at the top", "- Resources # here", "expected a CloudFormation template"],
    ["no resources", "Description: empty # here", "Resources is missing or empty"],
    ["an unknown section", sam("Q: { Type: AWS::SQS::Queue }", "Hooks: {} # here\n"), "Hooks is no section"],
    [
      "another transform",
      `Transform: AWS::Include # here\nResources: { Q: { Type: AWS::SQS::Queue } }`,
      "write AWS::Serverless-2016-10-31",
    ],
    [
      "SAM resources without SAM",
      "Resources:\n  T: # here\n    Type: AWS::Serverless::SimpleTable",
      'add "Transform: AWS::Serverless',
    ],
    [
      "a YAML alias",
      sam(
        "Q: { Type: AWS::SQS::Queue, Properties: &p {} }\nR:\n  Type: AWS::SQS::Queue\n  Properties: *p # here",
      ),
      "no YAML aliases",
    ],
    [
      "a value left empty",
      sam("Q:\n  Type: AWS::SQS::Queue\n  Properties:\n    QueueName: # here"),
      "this is empty",
    ],
    [
      "a key written twice",
      sam("Q:\n  Type: AWS::SQS::Queue\n  Type: AWS::SQS::Queue # here"),
      "not valid YAML",
    ],
  ],
  resources: [
    [
      "a type that is not served",
      sam("B: # here\n  Type: AWS::EC2::Instance"),
      "AWS::EC2::Instance is not served",
    ],
    ["no type", sam("B: # here\n  Properties: {}"), "Type is missing"],
    [
      "an unknown attribute",
      sam("Q:\n  Type: AWS::SQS::Queue\n  Propertys: {} # here"),
      "Propertys is no attribute",
    ],
    [
      "an unknown property",
      sam("Q:\n  Type: AWS::SQS::Queue\n  Properties:\n    VisibilityTimout: 3 # here"),
      "VisibilityTimout is no property of AWS::SQS::Queue",
    ],
    ["a logical id with a dash", sam("a-queue: # here\n  Type: AWS::SQS::Queue"), "letters and digits only"],
    [
      "DependsOn what is not there",
      sam("Q:\n  Type: AWS::SQS::Queue\n  DependsOn: Gone # here"),
      "Gone is no resource",
    ],
    [
      "two resources of one name",
      sam(
        "A: { Type: AWS::SQS::Queue, Properties: { QueueName: q } }\nB: # here\n  Type: AWS::SQS::Queue\n  Properties: { QueueName: q }",
      ),
      "the name q is taken by A",
    ],
    [
      "an unknown DeletionPolicy",
      sam("Q:\n  Type: AWS::SQS::Queue\n  DeletionPolicy: Keep # here"),
      "write Delete, Retain",
    ],
    [
      "an alarm's misspelt property",
      sam(
        "A:\n  Type: AWS::CloudWatch::Alarm\n  Properties:\n    ComparisonOperator: LessThanThreshold\n    EvaluationPeriods: 1\n    Treshold: 1 # here",
      ),
      "Treshold is no property of AWS::CloudWatch::Alarm",
    ],
  ],
  queues: [
    ["retention beyond 14 days", queue("MessageRetentionPeriod: 1209601 # here"), "from 60 to 1209600"],
    ["a fraction of a second", queue("VisibilityTimeout: 1.5 # here"), "whole number from 0 to 43200"],
    ["a delay beyond 15 minutes", queue("DelaySeconds: 901 # here"), "from 0 to 900"],
    [
      "a FIFO name without its ending",
      queue("FifoQueue: true\nQueueName: orders # here"),
      "must end in .fifo",
    ],
    ["a FIFO ending without FIFO", queue("QueueName: orders.fifo # here"), "set FifoQueue: true"],
    ["deduplication without FIFO", queue("ContentBasedDeduplication: true # here"), "only a FIFO queue"],
    ["a scope of deduplication without FIFO", queue("DeduplicationScope: queue # here"), "FIFO queues only"],
    [
      "a throughput of groups without deduplication in groups",
      queue("FifoQueue: true\nFifoThroughputLimit: perMessageGroupId # here"),
      "needs DeduplicationScope: messageGroup",
    ],
    [
      "receiving no times",
      queue(
        "RedrivePolicy:\n  deadLetterTargetArn: !GetAtt D.Arn\n  maxReceiveCount: 0 # here",
        "D: { Type: AWS::SQS::Queue }",
      ),
      "from 1 to 1000",
    ],
    [
      "a standard dead-letter queue for FIFO",
      queue(
        "FifoQueue: true\nQueueName: q.fifo\nRedrivePolicy:\n  deadLetterTargetArn: !GetAtt D.Arn # here\n  maxReceiveCount: 3",
        "D: { Type: AWS::SQS::Queue }",
      ),
      "must be a FIFO queue",
    ],
    [
      "a dead-letter queue elsewhere",
      queue(
        "RedrivePolicy:\n  deadLetterTargetArn: arn:aws:sqs:us-east-1:000000000000:gone # here\n  maxReceiveCount: 3",
      ),
      "is no resource of this template",
    ],
    [
      "a table as dead-letter queue",
      queue(
        "RedrivePolicy:\n  deadLetterTargetArn: !GetAtt T.Arn # here\n  maxReceiveCount: 3",
        "T: { Type: AWS::Serverless::SimpleTable }",
      ),
      "name a queue of this template",
    ],
  ],
  tables: [
    [
      "a key that is not defined",
      table("AttributeDefinitions: []\nKeySchema: [{ AttributeName: id, KeyType: HASH }] # here"),
      "the key attribute id is not in AttributeDefinitions",
    ],
    [
      "an attribute that is no key",
      table(
        "KeySchema: [{ AttributeName: id, KeyType: HASH }]\nAttributeDefinitions:\n  - { AttributeName: id, AttributeType: S }\n  - { AttributeName: day, AttributeType: S } # here",
      ),
      "day is defined but is no key",
    ],
    [
      "a RANGE key alone",
      table(
        "AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]\nKeySchema: [{ AttributeName: id, KeyType: RANGE }] # here",
      ),
      "one HASH attribute",
    ],
    [
      "provisioned capacity without capacity",
      "Resources:\n  T:\n    Type: AWS::DynamoDB::Table\n    Properties: # here\n      AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]\n      KeySchema: [{ AttributeName: id, KeyType: HASH }]",
      "write BillingMode: PAY_PER_REQUEST",
    ],
    [
      "capacity for an on-demand table",
      table(
        "AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]\nKeySchema: [{ AttributeName: id, KeyType: HASH }]\nProvisionedThroughput: { ReadCapacityUnits: 1, WriteCapacityUnits: 1 } # here",
      ),
      "take it out",
    ],
    [
      "a TTL without its attribute",
      table(
        "AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]\nKeySchema: [{ AttributeName: id, KeyType: HASH }]\nTimeToLiveSpecification: { Enabled: true } # here",
      ),
      "AttributeName is missing",
    ],
  ],
  functions: [
    [
      "no Metadata",
      sam(
        "F: # here\n  Type: AWS::Serverless::Function\n  Properties: { CodeUri: ., Handler: worker.handler, Runtime: nodejs24.x }",
      ),
      "Metadata with BuildMethod: esbuild is missing",
    ],
    ["code written inline", sam(workerFunction("InlineCode: x # here")), "InlineCode is no property"],
    ["a timeout beyond 15 minutes", sam(workerFunction("Timeout: 901 # here")), "from 1 to 900"],
    ["too little memory", sam(workerFunction("MemorySize: 64 # here")), "from 128 to 10240"],
    [
      "fewer than no environments",
      sam(workerFunction("ReservedConcurrentExecutions: -1 # here")),
      "of 0 or more",
    ],
    [
      "a third retry",
      sam(workerFunction("EventInvokeConfig:\n  MaximumRetryAttempts: 3 # here")),
      "from 0 to 2",
    ],
    [
      "an event older than six hours",
      sam(workerFunction("EventInvokeConfig:\n  MaximumEventAgeInSeconds: 21601 # here")),
      "from 60 to 21600",
    ],
    [
      "a variable that Lambda sets",
      sam(workerFunction("Environment:\n  Variables:\n    AWS_REGION: x # here")),
      "is set by Lambda itself",
    ],
    [
      "a variable with a dash",
      sam(workerFunction("Environment:\n  Variables:\n    MY-VAR: x # here")),
      "is no name of a variable",
    ],
    [
      "variables beyond 4 KB",
      sam(workerFunction(`Environment:\n  Variables: # here\n    BIG: ${"x".repeat(4_094)}`)),
      "Lambda takes 4096",
    ],
    [
      "an old runtime",
      sam(workerFunction().replace("nodejs24.x", "nodejs18.x # here")),
      "nodejs24.x or nodejs22.x",
    ],
    [
      "a handler without its export",
      sam(workerFunction().replace("worker.handler", "worker # here")),
      "write file.export",
    ],
    [
      "a handler in another file",
      sam(workerFunction().replace("worker.handler", "index.handler # here")),
      "write Handler: worker.handler",
    ],
    [
      "an entry point that is not there",
      sam(workerFunction().replace("[worker.ts]", "[src/worker.ts] # here")),
      "there is no file src/worker.ts",
    ],
    [
      "ES modules in a .js file",
      sam(workerFunction().replace("EntryPoints", "Format: esm # here\n      EntryPoints")),
      "OutExtension: [.js=.mjs]",
    ],
    [
      "an event type that is not served",
      sam(workerFunction("Events:\n  E:\n    Type: Cognito # here\n    Properties: {}")),
      '"Cognito" is not served',
    ],
    [
      "a policy template that SAM does not have",
      sam(workerFunction("Policies:\n  - DynamoDBAllPolicy: {} # here")),
      "is no policy template",
    ],
    [
      "a policy template without its values",
      sam(workerFunction("Policies:\n  - SQSPollerPolicy: {} # here")),
      "takes QueueName",
    ],
    [
      "a statement without resources",
      sam(workerFunction("Policies:\n  - Statement: [{ Effect: Allow, Action: sqs:SendMessage }] # here")),
      "statement 1 needs Action and Resource",
    ],
    [
      "a property in Globals that SAM refuses there",
      sam(workerFunction(), "Globals:\n  Function:\n    FunctionName: x # here\n"),
      "cannot stand in Globals",
    ],
    [
      "Globals of another type",
      sam(workerFunction(), "Globals:\n  Api: {} # here\n"),
      "Globals of Api are not served",
    ],
  ],
  "HTTP APIs": [
    [
      "an event without its API",
      sam(
        workerFunction("Events:\n  E:\n    Type: HttpApi\n    Properties: { Method: GET, Path: / } # here"),
      ),
      "ApiId is missing",
    ],
    [
      "an API that is none",
      sam(
        `${workerFunction(
          "Events:\n  E:\n    Type: HttpApi\n    Properties:\n      ApiId: !Ref Q # here\n      Method: GET\n      Path: /",
          "Worker",
        )}Q: { Type: AWS::SQS::Queue }`,
      ),
      "is no AWS::Serverless::HttpApi",
    ],
    [
      "a method that HTTP lacks",
      sam(
        `${workerFunction(
          "Events:\n  E:\n    Type: HttpApi\n    Properties:\n      ApiId: !Ref A\n      Method: FETCH # here\n      Path: /",
        )}A: { Type: AWS::Serverless::HttpApi }`,
      ),
      "write GET",
    ],
    [
      "an authorizer, which would be open here",
      sam("A:\n  Type: AWS::Serverless::HttpApi\n  Properties:\n    Auth: {} # here"),
      "Auth is no property",
    ],
    [
      "a route taken twice",
      sam(
        `${workerFunction("Events:\n  E: { Type: HttpApi, Properties: { ApiId: !Ref A, Method: GET, Path: / } }")}${workerFunction("Events:\n  E: # here\n    Type: HttpApi\n    Properties: { ApiId: !Ref A, Method: get, Path: / }", "Other")}A: { Type: AWS::Serverless::HttpApi }`,
      ),
      "GET / is taken by",
    ],
  ],
  "queue mappings": [
    [
      "a large batch without a window",
      mapping("BatchSize: 11 # here"),
      "needs MaximumBatchingWindowInSeconds",
    ],
    ["a batch beyond Lambda's limit", mapping("BatchSize: 10001 # here"), "from 1 to 10000"],
    ["a concurrency of one", mapping("ScalingConfig: { MaximumConcurrency: 1 } # here"), "from 2 to 1000"],
    [
      "more than 10 messages of a FIFO queue",
      mapping("BatchSize: 11 # here", "FifoQueue: true\nQueueName: q.fifo"),
      "at most 10 messages",
    ],
    [
      "a window on a FIFO queue",
      mapping("MaximumBatchingWindowInSeconds: 1 # here", "FifoQueue: true\nQueueName: q.fifo"),
      "no batching window",
    ],
    [
      "a filter that is no JSON",
      mapping('FilterCriteria: { Filters: [{ Pattern: "{" }] } # here'),
      "is no JSON object",
    ],
    ["a property of streams", mapping("StartingPosition: LATEST # here"), "StartingPosition is no property"],
    [
      "messages visible before the function ends",
      mapping("BatchSize: 1", "VisibilityTimeout: 2 # here"),
      "write at least 3",
    ],
  ],
  rules: [
    [
      "a rule without a pattern",
      sam("R:\n  Type: AWS::Events::Rule\n  Properties: # here\n    Name: r"),
      "EventPattern or ScheduleExpression is missing",
    ],
    [
      "six targets",
      sam(
        `R:\n  Type: AWS::Events::Rule\n  Properties:\n    EventPattern: { source: [a] }\n    Targets: [${Array.from({ length: 6 }, (_, i) => `{ Id: t${i}, Arn: x }`).join(", ")}] # here`,
      ),
      "write 0 to 5",
    ],
    [
      "a bus that is not there",
      sam(
        "R: # here\n  Type: AWS::Events::Rule\n  Properties: { EventPattern: { source: [a] }, EventBusName: gone }",
      ),
      "there is no bus gone",
    ],
    [
      "a bus named default",
      sam("B:\n  Type: AWS::Events::EventBus\n  Properties:\n    Name: default # here"),
      "not default",
    ],
    [
      "a target of a type not served",
      toQueue("Arn: !Ref T", "- Id: t # here", "T: { Type: AWS::Logs::LogGroup }"),
      "AWS::Logs::LogGroup is not served here",
    ],
    ["retries beyond 185", toQueue("RetryPolicy: { MaximumRetryAttempts: 186 } # here"), "from 0 to 185"],
    [
      "two kinds of input",
      toQueue("Input: '{}'\nInputPath: $.detail # here"),
      "Input and InputPath exclude each other",
    ],
    ["an Input that is no JSON", toQueue("Input: hello # here"), "expected JSON"],
    [
      "a role for a queue, which makes delivery fail",
      toQueue("RoleArn: arn:aws:iam::000000000000:role/r # here"),
      "take RoleArn out",
    ],
    [
      "an unknown property of a target",
      toQueue("SqsParameters: { MessageGroupId: a } # here"),
      "SqsParameters is no property",
    ],
  ],
  "dead letters of functions": [
    [
      "a dead-letter queue behind an HTTP API",
      sam(
        `${workerFunction("DeadLetterQueue:\n  Type: SQS\n  TargetArn: !GetAtt D.Arn # here\nEvents:\n  E: { Type: HttpApi, Properties: { ApiId: !Ref A, Method: GET, Path: / } }")}A: { Type: AWS::Serverless::HttpApi }\nD: { Type: AWS::SQS::Queue }`,
      ),
      "only invoked synchronously (by an HTTP API)",
    ],
    [
      "an on-failure destination behind a queue",
      sam(
        `${workerFunction("EventInvokeConfig:\n  DestinationConfig:\n    OnFailure:\n      Type: SQS\n      Destination: !GetAtt D.Arn # here\nEvents:\n  E: { Type: SQS, Properties: { Queue: !GetAtt Q.Arn } }")}Q: { Type: AWS::SQS::Queue }\nD: { Type: AWS::SQS::Queue }`,
      ),
      "give the queue a RedrivePolicy instead",
    ],
    [
      "a FIFO dead-letter queue",
      sam(
        `${workerFunction("DeadLetterQueue:\n  Type: SQS\n  TargetArn: !GetAtt D.Arn # here")}D: { Type: AWS::SQS::Queue, Properties: { FifoQueue: true } }`,
      ),
      "standard queues and topics only",
    ],
    [
      "a destination that SAM would make",
      sam(workerFunction("EventInvokeConfig:\n  DestinationConfig:\n    OnFailure: { Type: SQS } # here")),
      "Destination is missing",
    ],
  ],
};

function queue(properties: string, more = ""): string {
  const lines = properties.split("\n").map((line) => `    ${line}`);
  return sam(`Q:\n  Type: AWS::SQS::Queue\n  Properties:\n${lines.join("\n")}\n${more}`);
}

function table(properties: string): string {
  const lines = properties.split("\n").map((line) => `    ${line}`);
  return sam(
    `T:\n  Type: AWS::DynamoDB::Table\n  Properties:\n    BillingMode: PAY_PER_REQUEST\n${lines.join("\n")}`,
  );
}

function mapping(properties: string, queueProperties = "VisibilityTimeout: 30"): string {
  const lines = queueProperties.split("\n").map((line) => `    ${line}`);
  return sam(
    `${workerFunction(`Events:\n  E:\n    Type: SQS\n    Properties:\n      Queue: !GetAtt Q.Arn\n      ${properties}`)}` +
      `Q:\n  Type: AWS::SQS::Queue\n  Properties:\n${lines.join("\n")}`,
  );
}

/** A rule with one target, a queue that lets it in. */
function toQueue(properties: string, first = "- Id: t", more = "Q: { Type: AWS::SQS::Queue }"): string {
  const lines = properties.split("\n").map((line) => `        ${line}`);
  const target = properties.startsWith("Arn:") ? "" : "        Arn: !GetAtt Q.Arn\n";
  const policy = more.startsWith("Q:")
    ? "\nP:\n  Type: AWS::SQS::QueuePolicy\n  Properties:\n    Queues: [!Ref Q]\n    PolicyDocument:\n      Statement:\n" +
      "        { Effect: Allow, Principal: { Service: events.amazonaws.com }, Action: 'sqs:*', Resource: '*' }"
    : "";
  return sam(
    `R:\n  Type: AWS::Events::Rule\n  Properties:\n    EventPattern: { source: [a] }\n    Targets:\n      ${first}\n` +
      `${target}${lines.join("\n")}\n${more}${policy}`,
  );
}

for (const [group, cases] of Object.entries(refused)) {
  describe(`${group}: refused with the line and what to do`, () => {
    test.each(cases)("%s", (_rule, template, says) => {
      const problems = problemsOf(template);
      expect(problems.map(({ message }) => message).join("\n")).toContain(says);
      const line = markedLine(template);
      if (line > 0) expect(problems.map(({ place }) => place.line)).toEqual([line]);
    });
  });
}

test("one mistake is told once, and all mistakes are told together, in the order of their lines", () => {
  const problems = problemsOf(
    sam(
      "Q:\n  Type: AWS::SQS::Queue\n  Properties:\n    DelaySeconds: x\n    Nope: 1\nB:\n  Type: AWS::EC2::Instance",
    ),
  );
  expect(problems.map(({ place }) => [place.line, place.path])).toEqual([
    [6, "Resources.Q.Properties.DelaySeconds"],
    [7, "Resources.Q.Properties.Nope"],
    [8, "Resources.B"],
  ]);
});

test("the neighbours of a refused resource are not refused for its sake", () => {
  const template = sam(
    `${workerFunction("Timeout: 0 # here\nEvents:\n  E: { Type: SQS, Properties: { Queue: !GetAtt Q.Arn } }")}Q: { Type: AWS::SQS::Queue }`,
  );
  expect(problemsOf(template).map(({ place }) => place.line)).toEqual([markedLine(template)]);
});
