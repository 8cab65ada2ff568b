import { basename } from "node:path";
import { describe, expect, test } from "vitest";
import { loadText, sam, workerFunction } from "./load-text.ts";

describe("what a template leaves out is filled in as AWS does:", () => {
  test("a queue", () => {
    expect(loadText(sam("Q: { Type: AWS::SQS::Queue }")).queues).toMatchObject([
      {
        name: "app-Q",
        url: "http://127.0.0.1:9324/000000000000/app-Q",
        fifo: false,
        visibilityTimeoutSeconds: 30,
        retentionSeconds: 345_600,
        delaySeconds: 0,
        maximumMessageBytes: 1_048_576,
        receiveWaitSeconds: 0,
      },
    ]);
  });

  test("the name of a FIFO queue, with its ending", () => {
    const { queues } = loadText(sam("Q: { Type: AWS::SQS::Queue, Properties: { FifoQueue: true } }"));
    expect(queues).toMatchObject([{ name: "app-Q.fifo", fifo: true }]);
  });

  test("a function", () => {
    const { functions } = loadText(sam(workerFunction()));
    expect(functions).toMatchObject([
      {
        name: "app-Worker",
        exportName: "handler",
        timeoutSeconds: 3,
        memoryMb: 128,
        logFormat: "Text",
        environment: {},
        asyncInvoke: { maximumRetryAttempts: 2, maximumEventAgeSeconds: 21_600 },
        build: {
          minify: true,
          sourcemap: false,
          format: "cjs",
          target: "es2020",
          external: [],
          mainFields: ["main", "module"],
        },
      },
    ]);
    expect(functions[0]).not.toHaveProperty("reservedConcurrency");
  });

  test("a queue mapping", () => {
    const template = sam(
      `${workerFunction()}Q: { Type: AWS::SQS::Queue }\nM: { Type: AWS::Lambda::EventSourceMapping, Properties: { EventSourceArn: !GetAtt Q.Arn, FunctionName: !Ref Worker } }`,
    );
    const { queueMappings, functions } = loadText(template);
    expect(queueMappings).toMatchObject([
      {
        functionArn: functions[0]?.arn,
        enabled: true,
        batchSize: 10,
        windowSeconds: 0,
        reportBatchItemFailures: false,
        filters: [],
      },
    ]);
  });

  test("a rule's target, and the names of a rule that SAM makes", () => {
    const { rules } = loadText(
      sam(
        workerFunction(
          "Events:\n  Placed: { Type: EventBridgeRule, Properties: { Pattern: { source: [a] } } }",
        ),
      ),
    );
    expect(rules).toMatchObject([
      {
        name: "app-WorkerPlaced",
        arn: "arn:aws:events:us-east-1:000000000000:rule/app-WorkerPlaced",
        busName: "default",
        enabled: true,
        targets: [
          { id: "WorkerPlacedLambdaTarget", maximumRetryAttempts: 185, maximumEventAgeSeconds: 86_400 },
        ],
      },
    ]);
  });

  test("an HTTP route", () => {
    const { httpApis } = loadText(
      sam(
        `${workerFunction("Events:\n  E: { Type: HttpApi, Properties: { ApiId: !Ref Api, Method: any, Path: '/{proxy+}' } }")}Api: { Type: AWS::Serverless::HttpApi }`,
      ),
    );
    expect(httpApis).toMatchObject([
      { stageName: "$default", routes: [{ method: "ANY", path: "/{proxy+}", timeoutMs: 30_000 }] },
    ]);
  });

  test("a simple table's key", () => {
    expect(loadText(sam("T: { Type: AWS::Serverless::SimpleTable }")).tables).toMatchObject([
      {
        keySchema: [{ AttributeName: "id", KeyType: "HASH" }],
        attributeDefinitions: [{ AttributeName: "id", AttributeType: "S" }],
      },
    ]);
  });
});

test("the entry point is the handler's own file when none is named", () => {
  const template = sam(workerFunction()).replace(
    "        EntryPoints: [worker.ts]\n",
    "        Minify: false\n",
  );
  const [fn] = loadText(template).functions;
  expect(basename(fn?.entryPoint ?? "")).toBe("worker.ts");
});

test("an entry point without its ending is the TypeScript file", () => {
  const [fn] = loadText(sam(workerFunction()).replace("[worker.ts]", "[./worker]")).functions;
  expect(basename(fn?.entryPoint ?? "")).toBe("worker.ts");
});

test("source maps switch Node's use of them on, beside options of one's own", () => {
  const build = (properties: string) =>
    loadText(sam(workerFunction(properties)).replace("[worker.ts]", "[worker.ts]\n        Sourcemap: true"))
      .functions[0]?.environment["NODE_OPTIONS"];
  expect(build("")).toBe("--enable-source-maps");
  expect(build("Environment: { Variables: { NODE_OPTIONS: --no-warnings } }")).toBe(
    "--no-warnings --enable-source-maps",
  );
});

test("an ES module is built when its file will be an .mjs", () => {
  const template = sam(workerFunction()).replace(
    "[worker.ts]",
    "[worker.ts]\n        Format: esm\n        OutExtension: [.js=.mjs]",
  );
  expect(loadText(template).functions[0]?.build.format).toBe("esm");
});

test("the indexes, the stream and the expiry of a table go to it as they are written", () => {
  const { tables } = loadText(
    sam(`T:
  Type: AWS::DynamoDB::Table
  Properties:
    BillingMode: PAY_PER_REQUEST
    KeySchema: [{ AttributeName: id, KeyType: HASH }, { AttributeName: day, KeyType: RANGE }]
    AttributeDefinitions: [{ AttributeName: id, AttributeType: S }, { AttributeName: day, AttributeType: N }]
    GlobalSecondaryIndexes: [{ IndexName: byDay, KeySchema: [{ AttributeName: day, KeyType: HASH }], Projection: { ProjectionType: ALL } }]
    StreamSpecification: { StreamViewType: NEW_IMAGE }
    TimeToLiveSpecification: { AttributeName: expiresAt, Enabled: true }`),
  );
  expect(tables).toMatchObject([{ streamViewType: "NEW_IMAGE", ttlAttribute: "expiresAt" }]);
  expect(tables[0]?.globalSecondaryIndexes).toEqual([
    {
      IndexName: "byDay",
      KeySchema: [{ AttributeName: "day", KeyType: "HASH" }],
      Projection: { ProjectionType: "ALL" },
    },
  ]);
});

test("a target's input goes to it untouched", () => {
  const { rules } = loadText(
    sam(
      workerFunction(
        "Events:\n  E:\n    Type: EventBridgeRule\n    Properties:\n      Pattern: { source: [a] }\n" +
          "      InputTransformer: { InputPathsMap: { id: $.detail.id }, InputTemplate: '{\"id\": <id>}' }\n" +
          "      RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 }",
      ),
    ),
  );
  expect(rules[0]?.targets).toMatchObject([
    {
      inputTransformer: { inputPathsMap: { id: "$.detail.id" }, inputTemplate: '{"id": <id>}' },
      maximumRetryAttempts: 0,
      maximumEventAgeSeconds: 60,
    },
  ]);
});

test("a mapping's filters are read from their JSON", () => {
  const { queueMappings } = loadText(
    sam(
      `${workerFunction('Events:\n  E:\n    Type: SQS\n    Properties:\n      Queue: !GetAtt Q.Arn\n      FilterCriteria: { Filters: [{ Pattern: \'{"body": {"n": [1]}}\' }] }')}Q: { Type: AWS::SQS::Queue }`,
    ),
  );
  expect(queueMappings[0]?.filters).toEqual([{ body: { n: [1] } }]);
});

test("a template may be JSON", () => {
  expect(loadText('{"Resources": {"Q": {"Type": "AWS::SQS::Queue"}}}').queues).toHaveLength(1);
});
