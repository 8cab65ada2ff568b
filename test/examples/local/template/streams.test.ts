import { describe, expect, test } from "vitest";
import { loadText, markedLine, problemsOf, sam, workerFunction } from "./load-text.ts";

const stream = "S: { Type: AWS::Kinesis::Stream, Properties: { ShardCount: 1 } }\n";
const table = (more = "StreamSpecification: { StreamViewType: KEYS_ONLY }") =>
  "T:\n  Type: AWS::DynamoDB::Table\n  Properties:\n    BillingMode: PAY_PER_REQUEST\n" +
  "    AttributeDefinitions: [{ AttributeName: id, AttributeType: S }]\n" +
  `    KeySchema: [{ AttributeName: id, KeyType: HASH }]\n${more === "" ? "" : `    ${more}\n`}`;

/** A function with an event of a stream; properties stand at their own lines. */
function withEvent(
  properties: string,
  type = "Kinesis",
  source = "!GetAtt S.Arn",
  more = "",
  own = "",
): string {
  const lines = ["StartingPosition: LATEST", ...properties.split("\n")].filter((line) => line !== "");
  const written = properties.includes("StartingPosition:") ? lines.slice(1) : lines;
  const indented = written.map((line) => `\n      ${line}`).join("");
  return sam(
    `${workerFunction(`${own}Events:\n  E:\n    Type: ${type}\n    Properties:\n      Stream: ${source}${indented}`)}${stream}${more}`,
  );
}

/** The same as a resource of CloudFormation. */
function resource(properties: string, source = "!GetAtt S.Arn", more = ""): string {
  const lines = properties.split("\n").map((line) => `\n    ${line}`);
  return sam(
    `${workerFunction()}M:\n  Type: AWS::Lambda::EventSourceMapping\n  Properties:\n    EventSourceArn: ${source}\n    FunctionName: !Ref Worker${lines.join("")}\n${stream}${more}`,
  );
}

describe("a Kinesis stream", () => {
  test("has AWS's defaults, and Ref and GetAtt", () => {
    const { dataStreams, outputs } = loadText(
      `${sam("S: { Type: AWS::Kinesis::Stream, Properties: { StreamModeDetails: { StreamMode: ON_DEMAND } } }")}` +
        "Outputs:\n  Name: { Value: !Ref S }\n  Arn: { Value: !GetAtt S.Arn }\n",
    );
    expect(dataStreams).toMatchObject([{ name: "app-S", retentionHours: 24 }]);
    expect(dataStreams[0]).not.toHaveProperty("shardCount");
    expect(outputs).toEqual({
      Name: "app-S",
      Arn: expect.stringMatching(/^arn:aws:kinesis:us-east-1:\d{12}:stream\/app-S$/),
    });
  });

  test.each([
    ["no shards to begin with", "S: # here\n  Type: AWS::Kinesis::Stream", "needs ShardCount"],
    [
      "shards of its own choice and of yours",
      "S:\n  Type: AWS::Kinesis::Stream\n  Properties:\n    StreamModeDetails: { StreamMode: ON_DEMAND }\n    ShardCount: 2 # here",
      "take ShardCount out",
    ],
    [
      "a retention under a day",
      "S:\n  Type: AWS::Kinesis::Stream\n  Properties:\n    ShardCount: 1\n    RetentionPeriodHours: 23 # here",
      "from 24 to 8760",
    ],
  ])("with %s is refused", (_what, text, says) => {
    const template = sam(text);
    expect(problemsOf(template).map(({ message, place }) => [message.includes(says), place.line])).toEqual([
      [true, markedLine(template)],
    ]);
  });
});

describe("a stream's mapping", () => {
  test("has AWS's defaults", () => {
    const { streamMappings, functions, dataStreams } = loadText(withEvent(""));
    expect(streamMappings).toEqual([
      {
        logicalId: "WorkerE",
        source: "kinesis",
        sourceArn: dataStreams[0]?.arn,
        functionArn: functions[0]?.arn,
        enabled: true,
        startingPosition: "LATEST",
        batchSize: 100,
        windowSeconds: 0,
        parallelizationFactor: 1,
        bisectOnFunctionError: false,
        maximumRetryAttempts: -1,
        maximumRecordAgeSeconds: -1,
        tumblingWindowSeconds: 0,
        reportBatchItemFailures: false,
        filters: [],
        place: expect.objectContaining({ path: "Resources.Worker.Properties.Events.E" }),
      },
    ]);
  });

  test("is the same from SAM's event and from CloudFormation's resource", () => {
    const options = [
      "StartingPosition: AT_TIMESTAMP",
      "StartingPositionTimestamp: 1700000000",
      "BatchSize: 10000",
      "MaximumBatchingWindowInSeconds: 300",
      "ParallelizationFactor: 10",
      "BisectBatchOnFunctionError: true",
      "MaximumRetryAttempts: 10000",
      "MaximumRecordAgeInSeconds: 604800",
      "DestinationConfig: { OnFailure: { Destination: !GetAtt D.Arn } }",
      "FunctionResponseTypes: [ReportBatchItemFailures]",
      'FilterCriteria: { Filters: [{ Pattern: \'{"data":{"n":[1]}}\' }] }',
      "Enabled: false",
    ].join("\n");
    const more = "D: { Type: AWS::SQS::Queue }";
    const [event] = loadText(withEvent(options, "Kinesis", "!GetAtt S.Arn", more)).streamMappings;
    const [mapping] = loadText(resource(options, "!GetAtt S.Arn", more)).streamMappings;
    expect(event).toMatchObject({
      startingPosition: { atTimestampSeconds: 1_700_000_000 },
      batchSize: 10_000,
      windowSeconds: 300,
      parallelizationFactor: 10,
      bisectOnFunctionError: true,
      maximumRetryAttempts: 10_000,
      maximumRecordAgeSeconds: 604_800,
      onFailureArn: expect.stringContaining(":sqs:"),
      reportBatchItemFailures: true,
      filters: [{ data: { n: [1] } }],
      enabled: false,
    });
    expect({ ...mapping, logicalId: "", place: undefined }).toEqual({
      ...event,
      logicalId: "",
      place: undefined,
    });
  });

  test("of a table is known by the table", () => {
    const { streamMappings, tables } = loadText(withEvent("", "DynamoDB", "!GetAtt T.StreamArn", table()));
    expect(streamMappings).toMatchObject([{ source: "dynamodb", sourceArn: tables[0]?.arn }]);
  });

  const queue = "D: { Type: AWS::SQS::Queue }";
  const destination = (arn: string) => `DestinationConfig: { OnFailure: { Destination: ${arn} } }`;
  test.each([
    ["no starting position", resource("BatchSize: 1"), "StartingPosition is missing"],
    ["a batch beyond Lambda's limit", withEvent("BatchSize: 10001 # here"), "from 1 to 10000"],
    ["a window over five minutes", withEvent("MaximumBatchingWindowInSeconds: 301 # here"), "from 0 to 300"],
    ["a tumbling window over 15 minutes", withEvent("TumblingWindowInSeconds: 901 # here"), "from 0 to 900"],
    [
      "a tumbling window worked on in parallel",
      withEvent("TumblingWindowInSeconds: 60\nParallelizationFactor: 2 # here"),
      "take one of them out",
    ],
    ["eleven lanes", withEvent("ParallelizationFactor: 11 # here"), "from 1 to 10"],
    ["an age under a minute", withEvent("MaximumRecordAgeInSeconds: 59 # here"), "at least 60"],
    ["a time without AT_TIMESTAMP", withEvent("StartingPositionTimestamp: 1 # here"), "AT_TIMESTAMP only"],
    [
      "AT_TIMESTAMP without a time",
      withEvent("StartingPosition: AT_TIMESTAMP # here"),
      "needs StartingPositionTimestamp",
    ],
    [
      "AT_TIMESTAMP of a table",
      withEvent("StartingPosition: AT_TIMESTAMP # here", "DynamoDB", "!GetAtt T.StreamArn", table()),
      "TRIM_HORIZON or LATEST",
    ],
    [
      "a table without a stream",
      withEvent("", "DynamoDB", "!GetAtt T.StreamArn", table("")),
      "add StreamSpecification",
    ],
    [
      "a table's ARN for its stream's",
      withEvent("", "DynamoDB", "!GetAtt T.Arn # here", table()),
      "a table's StreamArn",
    ],
    [
      "a Kinesis stream for a table's",
      withEvent("", "DynamoDB", "!GetAtt S.Arn # here"),
      "a table's StreamArn",
    ],
    [
      "a stream of nobody",
      withEvent("", "Kinesis", "arn:aws:kinesis:us-east-1:000000000000:stream/x"),
      "is no resource",
    ],
    [
      "a destination that is none",
      withEvent(destination("!GetAtt Worker.Arn")),
      "name a queue or a topic or a bucket",
    ],
    [
      "a FIFO queue for a destination",
      withEvent(
        destination("!GetAtt D.Arn"),
        "Kinesis",
        "!GetAtt S.Arn",
        "D: { Type: AWS::SQS::Queue, Properties: { FifoQueue: true } }",
      ),
      "this one is FIFO",
    ],
    [
      "a filter that is no JSON",
      withEvent('FilterCriteria: { Filters: [{ Pattern: "{" }] } # here'),
      "is no JSON object",
    ],
    [
      "a filter by what is not the data",
      withEvent(`FilterCriteria: { Filters: [{ Pattern: '{"partitionKey":["a"]}' }] } # here`),
      "by their data only, not by partitionKey",
    ],
    [
      "a filter for data as a text",
      withEvent(`FilterCriteria: { Filters: [{ Pattern: '{"data":["a"]}' }] } # here`),
      "must be an object",
    ],
    [
      "a topic for a destination that is a queue",
      withEvent(
        "DestinationConfig:\n  OnFailure:\n    Destination: !GetAtt D.Arn\n    Type: SNS # here",
        "Kinesis",
        "!GetAtt S.Arn",
        queue,
      ),
      "Type is SNS and the destination is of sqs",
    ],
    [
      "a property of queues",
      resource("StartingPosition: LATEST\nScalingConfig: { MaximumConcurrency: 2 } # here"),
      "only a queue has",
    ],
    [
      "a property of SAM's in CloudFormation",
      resource(
        "StartingPosition: LATEST\nDestinationConfig:\n  OnFailure:\n    Destination: !GetAtt D.Arn\n    Type: SQS # here",
        "!GetAtt S.Arn",
        queue,
      ),
      "for SAM's events only",
    ],
    [
      "a property of streams at a queue",
      resource("StartingPosition: LATEST # here", "!GetAtt D.Arn", queue),
      "only a stream has",
    ],
    [
      "an asynchronous destination for its function",
      withEvent(
        "",
        "Kinesis",
        "!GetAtt S.Arn",
        queue,
        "DeadLetterQueue:\n  Type: SQS\n  TargetArn: !GetAtt D.Arn # here\n",
      ),
      "give the stream's mapping a DestinationConfig instead",
    ],
  ])("with %s is refused", (_what, template, says) => {
    const problems = problemsOf(template);
    expect(problems.map(({ message }) => message).join("\n")).toContain(says);
    expect(problems).toHaveLength(1);
    const line = markedLine(template);
    if (line > 0) expect(problems[0]?.place.line).toBe(line);
  });
});

describe("a lease behind a stream", () => {
  const behind = (properties: string, lease: string) =>
    withEvent(
      properties,
      "Kinesis",
      "!GetAtt S.Arn",
      "",
      `Timeout: 10\nEnvironment: { Variables: { ${lease} } }\n`,
    );
  const table = "IDEMPOTENCY_TABLE: t";

  test.each([
    ["a stream that retries until records expire", behind("", table), 1],
    ["enough retries", behind("MaximumRetryAttempts: 4", table), 1],
    ["an age above it", behind("MaximumRecordAgeInSeconds: 60", table), 1],
  ])("ends in time with %s", (_what, template, speed) => {
    expect(problemsOf(template, { speed })).toEqual([]);
  });

  test.each([
    [
      "too few retries",
      behind("MaximumRetryAttempts: 3", table),
      1,
      "the last retry comes 7 s after the failure",
    ],
    ["no retry", behind("MaximumRetryAttempts: 0", table), 1, "the last retry comes 0 s"],
    [
      "an age below it",
      behind("MaximumRecordAgeInSeconds: 60", "IDEMPOTENCY_LEASE_MS: 55000"),
      1,
      "given up 60 s after they arrived",
    ],
    ["retries made fast", behind("MaximumRetryAttempts: 4", table), 2, "which is 7.5 s at speed 2"],
  ])("outlasts %s, and is refused with the arithmetic", (_what, template, speed, says) => {
    const [problem, ...more] = problemsOf(template, { speed });
    expect(more).toEqual([]);
    expect(problem?.message).toContain(says);
  });
});
