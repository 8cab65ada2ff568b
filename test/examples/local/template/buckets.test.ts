import { describe, expect, test } from "vitest";
import { loadText, markedLine, problemsOf, sam, workerFunction } from "./load-text.ts";

const bucket = (properties: string, more = "") =>
  `B:\n  Type: AWS::S3::Bucket\n${more}  Properties:\n${properties
    .split("\n")
    .map((line) => `    ${line}\n`)
    .join("")}`;

describe("a bucket", () => {
  test("has a name in lower case where none is written, and nothing switched on", () => {
    expect(loadText(sam("Uploads: { Type: AWS::S3::Bucket }"), { name: "App" }).buckets).toMatchObject([
      {
        logicalId: "Uploads",
        name: "app-uploads",
        arn: "arn:aws:s3:::app-uploads",
        lifecycle: [],
        notifications: [],
        eventBridge: false,
      },
    ]);
  });

  test("has a name of at most 63 characters", () => {
    const [made] = loadText(sam(`${"Long".repeat(20)}: { Type: AWS::S3::Bucket }`)).buckets;
    expect(made?.name).toHaveLength(63);
  });

  test("is read with its versioning, its filters and its rules that abort uploads", () => {
    const template = sam(
      `${bucket(
        `BucketName: uploads
VersioningConfiguration: { Status: Suspended }
LifecycleConfiguration:
  Rules:
    - { Id: abort, Status: Enabled, Prefix: in/, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } }
    - { Status: Disabled, ExpirationInDays: 30, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } }
    - { Status: Enabled, Transitions: [{ StorageClass: GLACIER, TransitionInDays: 90 }], TagFilters: [{ Key: a, Value: b }] }
NotificationConfiguration:
  EventBridgeConfiguration: { EventBridgeEnabled: true }
  QueueConfigurations:
    - Event: s3:ObjectRemoved:Delete
      Queue: !GetAtt Q.Arn
      Filter: { S3Key: { Rules: [{ Name: Suffix, Value: .log }, { Name: prefix, Value: in/ }] } }
BucketEncryption: { ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: aws:kms } }] }
PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true }
OwnershipControls: { Rules: [{ ObjectOwnership: BucketOwnerEnforced }] }
Tags: [{ Key: a, Value: b }]`,
        "  DependsOn: P\n",
      )}Q: { Type: AWS::SQS::Queue }\n${queuePolicy()}`,
    );
    expect(loadText(template).buckets).toMatchObject([
      {
        versioning: "Suspended",
        lifecycle: [
          { id: "abort", enabled: true, prefix: "in/", daysAfterInitiation: 7 },
          { id: "rule-2", enabled: false, prefix: "", daysAfterInitiation: 1 },
        ],
        notifications: [
          {
            destination: "Queue",
            arn: "arn:aws:sqs:us-east-1:000000000000:app-Q",
            events: ["s3:ObjectRemoved:Delete"],
            prefix: "in/",
            suffix: ".log",
          },
        ],
        eventBridge: true,
      },
    ]);
  });

  test("is referred to by its name and its attributes; its policy is of AWS only", () => {
    const { outputs, deployOnly } = loadText(
      `${sam(`${bucket("BucketName: uploads")}P: { Type: AWS::S3::BucketPolicy, Properties: { Bucket: !Ref B, PolicyDocument: { Statement: [{ Effect: Deny, Principal: "*", Action: "s3:*", Resource: !Sub "\${B.Arn}/*", Condition: { Bool: { "aws:SecureTransport": false } } }] } } }`)}` +
        'Outputs: { All: { Value: !Join [" ", [!Ref B, !GetAtt B.Arn, !GetAtt B.DomainName, !GetAtt B.RegionalDomainName]] } }',
    );
    expect(outputs["All"]).toBe(
      "uploads arn:aws:s3:::uploads uploads.s3.amazonaws.com uploads.s3.us-east-1.amazonaws.com",
    );
    expect(deployOnly).toMatchObject([{ logicalId: "P", type: "AWS::S3::BucketPolicy" }]);
  });
});

describe("a bucket is refused with the line and what to do:", () => {
  test.each([
    ["a name in capitals", bucket("BucketName: Uploads # here"), "is no name for a bucket"],
    ["a name like an address", bucket("BucketName: 192.168.5.4 # here"), "is no name for a bucket"],
    ["a prefix that S3 keeps", bucket("BucketName: xn--uploads # here"), "is no name for a bucket"],
    [
      "a name that is taken",
      `A: { Type: AWS::S3::Bucket, Properties: { BucketName: uploads } }\nB: # here\n  Type: AWS::S3::Bucket\n  Properties: { BucketName: uploads }`,
      "taken by A",
    ],
    ["object lock", bucket("ObjectLockEnabled: true # here"), "ObjectLockEnabled is no property"],
    ["replication", bucket("ReplicationConfiguration: {} # here"), "ReplicationConfiguration is no property"],
    ["another status", bucket("VersioningConfiguration:\n  Status: On # here"), "Enabled or Suspended"],
    [
      "a rule that does nothing",
      bucket("LifecycleConfiguration:\n  Rules:\n    - Status: Enabled # here"),
      "give it an action",
    ],
    [
      "an abort by tags",
      bucket(
        "LifecycleConfiguration:\n  Rules:\n    - Status: Enabled\n      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }\n      TagFilters: [{ Key: a, Value: b }] # here",
      ),
      "give the abort a rule of its own",
    ],
    [
      "an abort by size",
      bucket(
        "LifecycleConfiguration:\n  Rules:\n    - Status: Enabled\n      AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 }\n      ExpirationInDays: 9\n      ObjectSizeGreaterThan: 1000 # here",
      ),
      "give the abort a rule of its own",
    ],
    [
      "an abort after no days",
      bucket(
        "LifecycleConfiguration:\n  Rules:\n    - Status: Enabled\n      AbortIncompleteMultipartUpload:\n        DaysAfterInitiation: 0 # here",
      ),
      "of 1 or more",
    ],
    [
      "two rules of one id",
      bucket(
        "LifecycleConfiguration:\n  Rules:\n    - { Id: a, Status: Enabled, ExpirationInDays: 1 }\n    - Id: a # here\n      Status: Enabled\n      ExpirationInDays: 2",
      ),
      "give each its own",
    ],
  ])("%s", (_what, resources, says) => {
    const template = sam(resources);
    const problems = problemsOf(template);
    expect(problems.map(({ message }) => message).join("\n")).toContain(says);
    expect(problems.map(({ place }) => place.line)).toEqual([markedLine(template)]);
  });
});

function queuePolicy(
  statement = "Effect: Allow, Principal: { Service: s3.amazonaws.com }, Action: sqs:SendMessage, Resource: !GetAtt Q.Arn, Condition: { ArnLike: { aws:SourceArn: 'arn:aws:s3:*:*:uploads' } }",
): string {
  return `P: { Type: AWS::SQS::QueuePolicy, Properties: { Queues: [!Ref Q], PolicyDocument: { Statement: [{ ${statement} }] } } }\n`;
}

const topicPolicy = (action = "sns:Publish") =>
  `P: { Type: AWS::SNS::TopicPolicy, Properties: { Topics: [!Ref T], PolicyDocument: { Statement: [{ Effect: Allow, Principal: { Service: s3.amazonaws.com }, Action: ${action}, Resource: !Ref T, Condition: { StringEquals: { aws:SourceAccount: !Ref AWS::AccountId } } }] } } }\n`;

const permission = (properties = "SourceArn: 'arn:aws:s3:::uploads'") =>
  `P: { Type: AWS::Lambda::Permission, Properties: { Action: lambda:InvokeFunction, FunctionName: !Ref Worker, Principal: s3.amazonaws.com, ${properties} } }\n`;

/** The bucket `uploads` that waits for P and tells one destination of new objects. */
const telling = (list: string, destination: string, more = "  DependsOn: P\n") =>
  bucket(
    `BucketName: uploads\nNotificationConfiguration:\n  ${list}:\n    - { Event: "s3:ObjectCreated:*", ${destination} } # here`,
    more,
  );
const toFunction = telling("LambdaConfigurations", "Function: !GetAtt Worker.Arn") + workerFunction();
const toQueue = `${telling("QueueConfigurations", "Queue: !GetAtt Q.Arn")}Q: { Type: AWS::SQS::Queue }\n`;
const toTopic = `${telling("TopicConfigurations", "Topic: !Ref T")}T: { Type: AWS::SNS::Topic }\n`;
const without = (resources: string) => resources.replace("  DependsOn: P\n", "");

describe("a notification is fine", () => {
  test.each([
    ["when a permission names its bucket", toFunction + permission()],
    [
      "when a permission names buckets by a pattern",
      toFunction + permission("SourceArn: 'arn:aws:s3:::up*'"),
    ],
    ["when a permission names its account", toFunction + permission("SourceAccount: !Ref AWS::AccountId")],
    ["when the queue's policy lets S3 in", toQueue + queuePolicy()],
    ["when the topic's policy lets S3 in", toTopic + topicPolicy()],
    [
      "when its bucket waits for the permission over another resource",
      `${toFunction.replace("DependsOn: P", "DependsOn: G")}${permission()}G: { Type: AWS::Logs::LogGroup, DependsOn: P }`,
    ],
    [
      "when it is an event of a function",
      `B: { Type: AWS::S3::Bucket }\n${workerFunction("Events:\n  E: { Type: S3, Properties: { Bucket: !Ref B, Events: [s3:ObjectCreated:Put, s3:ObjectRemoved:*] } }")}`,
    ],
    [
      "when filters part what would overlap",
      `B: { Type: AWS::S3::Bucket }\n${workerFunction("Events:\n  E: { Type: S3, Properties: { Bucket: !Ref B, Events: s3:ObjectCreated:*, Filter: { S3Key: { Rules: [{ Name: prefix, Value: a/ }] } } } }\n  F: { Type: S3, Properties: { Bucket: !Ref B, Events: s3:ObjectCreated:*, Filter: { S3Key: { Rules: [{ Name: prefix, Value: b/ }] } } } }")}`,
    ],
  ])("%s", (_what, resources) => {
    expect(problemsOf(sam(resources))).toEqual([]);
  });
});

describe("a notification is refused that S3 would refuse:", () => {
  test.each([
    ["no permission", without(toFunction), "is not let in here on behalf of B"],
    [
      "a permission for another bucket",
      toFunction + permission("SourceArn: 'arn:aws:s3:::other'"),
      "is not let in here on behalf of B",
    ],
    [
      "a permission for another account",
      toFunction + permission("SourceArn: 'arn:aws:s3:::uploads', SourceAccount: '111111111111'"),
      "is not let in here on behalf of B",
    ],
    [
      "a permission of another service",
      toFunction + permission().replace("s3.amazonaws.com", "events.amazonaws.com"),
      "is not let in here on behalf of B",
    ],
    [
      "a permission that the bucket does not wait for",
      without(toFunction) + permission(),
      "does not wait for P",
    ],
    [
      "a permission that waits for the bucket",
      without(toFunction) + permission("SourceArn: !GetAtt B.Arn"),
      "does not wait for P",
    ],
    ["no queue policy", without(toQueue), "add an AWS::SQS::QueuePolicy"],
    [
      "a queue policy for another service",
      toQueue + queuePolicy().replace("s3.amazonaws.com", "sns.amazonaws.com"),
      "add an AWS::SQS::QueuePolicy",
    ],
    [
      "a queue policy that the bucket does not wait for",
      without(toQueue) + queuePolicy(),
      "does not wait for P",
    ],
    ["no topic policy", without(toTopic), "add an AWS::SNS::TopicPolicy"],
    [
      "a topic policy for another action",
      toTopic + topicPolicy("sns:Subscribe"),
      "add an AWS::SNS::TopicPolicy",
    ],
    [
      "a topic policy that the bucket does not wait for",
      without(toTopic) + topicPolicy(),
      "does not wait for P",
    ],
    [
      "a FIFO queue",
      toQueue.replace("Type: AWS::SQS::Queue }", "Type: AWS::SQS::Queue, Properties: { FifoQueue: true } }") +
        queuePolicy(),
      "use a standard one",
    ],
    [
      "a destination that is none",
      telling("LambdaConfigurations", "Function: arn:aws:lambda:us-east-1:000000000000:function:gone", ""),
      "is no resource of this template",
    ],
    [
      "a destination of another sort",
      `${telling("LambdaConfigurations", "Function: !GetAtt Q.Arn", "")}Q: { Type: AWS::SQS::Queue }`,
      "AWS::SQS::Queue is not served here; name a function",
    ],
    [
      "an event that there is not",
      toFunction.replace("s3:ObjectCreated:*", "s3:ObjectMade:*") + permission(),
      "is no event of S3",
    ],
    [
      "an event that happens on AWS only",
      toFunction.replace("s3:ObjectCreated:*", "s3:LifecycleExpiration:*") + permission(),
      "never happens in this cloud",
    ],
    [
      "two prefixes in one filter",
      telling(
        "LambdaConfigurations",
        "Function: !GetAtt Worker.Arn, Filter: { S3Key: { Rules: [{ Name: prefix, Value: a }, { Name: Prefix, Value: b }] } }",
      ) +
        workerFunction() +
        permission(),
      "one prefix at most",
    ],
    [
      "two destinations of one event",
      toFunction.replace(
        " # here",
        '\n        - { Event: "s3:ObjectCreated:Put", Function: !GetAtt Worker.Arn } # here',
      ) + permission(),
      "overlaps with Resources.B.Properties.NotificationConfiguration.LambdaConfigurations[0]",
    ],
    [
      "two events of functions that overlap",
      `B: { Type: AWS::S3::Bucket }\n${workerFunction("Events:\n  E: { Type: S3, Properties: { Bucket: !Ref B, Events: s3:ObjectCreated:*, Filter: { S3Key: { Rules: [{ Name: suffix, Value: .log }] } } } }\n  F:\n    Type: S3\n    Properties:\n      Bucket: !Ref B\n      Events: s3:ObjectCreated:Put # here")}`,
      "overlaps with",
    ],
    [
      "a function's event of a bucket that is not there",
      workerFunction(
        "Events:\n  E:\n    Type: S3\n    Properties:\n      Bucket: uploads # here\n      Events: s3:ObjectCreated:*",
      ),
      "uploads is no AWS::S3::Bucket of this template",
    ],
    [
      "a function's event of a bucket by its name",
      `${bucket("BucketName: uploads")}${workerFunction("Events:\n  E:\n    Type: S3\n    Properties:\n      Bucket: uploads # here\n      Events: s3:ObjectCreated:*")}`,
      "write Bucket: !Ref B",
    ],
  ])("%s", (_what, resources, says) => {
    const template = sam(resources);
    const problems = problemsOf(template);
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining(says)]);
    expect(problems[0]?.place.line).toBe(markedLine(template));
  });

  test("a queue whose key does not let S3 in", () => {
    const encrypted = toQueue.replace(
      "Type: AWS::SQS::Queue }",
      "Type: AWS::SQS::Queue, Properties: { KmsMasterKeyId: !Ref K } }",
    );
    const key = (service: string) =>
      `K: { Type: AWS::KMS::Key, Properties: { KeyPolicy: { Statement: { Effect: Allow, Principal: { Service: ${service} }, Action: ["kms:GenerateDataKey*", "kms:Decrypt"], Resource: "*" } } } }`;
    const problems = problemsOf(sam(encrypted + queuePolicy() + key("events.amazonaws.com")));
    expect(problems.map(({ message }) => message)).toEqual([
      expect.stringContaining("let s3.amazonaws.com use kms:GenerateDataKey, so S3 could not write"),
      expect.stringContaining("let s3.amazonaws.com use kms:Decrypt"),
    ]);
    expect(problemsOf(sam(encrypted + queuePolicy() + key("s3.amazonaws.com")))).toEqual([]);
  });
});

test("the neighbours of a refused function or queue are not refused for its sake", () => {
  const events = `${bucket("BucketName: uploads")}${workerFunction("Timeout: 0 # here\nEvents:\n  E: { Type: S3, Properties: { Bucket: !Ref B, Events: s3:ObjectCreated:* } }")}`;
  expect(problemsOf(sam(events)).map(({ place }) => place.line)).toEqual([markedLine(sam(events))]);
  const queue = sam(
    `${without(toQueue).replace(" # here", "").replace("Type: AWS::SQS::Queue }", "Type: AWS::SQS::Queue, Properties: { Nope: 1 } } # here")}`,
  );
  expect(problemsOf(queue).map(({ place }) => place.line)).toEqual([markedLine(queue)]);
});

describe("a bucket and what it tells wait for each other when", () => {
  const event = "Events:\n  E: { Type: S3, Properties: { Bucket: !Ref B, Events: s3:ObjectCreated:* } }";
  test.each([
    [
      "the function of SAM's event has the bucket's name",
      `B: { Type: AWS::S3::Bucket }\n${workerFunction(`Environment: { Variables: { BUCKET: !Ref B } }\n${event}`)}`,
      "B -> WorkerEPermission -> Worker -> B",
    ],
    [
      "the role of SAM's function may read the bucket",
      `B: { Type: AWS::S3::Bucket }\n${workerFunction(`Policies: [{ S3ReadPolicy: { BucketName: !Ref B } }]\n${event}`)}`,
      "Worker -> Worker (role) -> B -> WorkerEPermission -> Worker",
    ],
    [
      "the permission that the bucket waits for names the bucket",
      toFunction + permission("SourceArn: !GetAtt B.Arn"),
      "B -> P -> B",
    ],
    [
      "the function that the bucket tells is given its name",
      toFunction.replace(
        "Runtime: nodejs24.x",
        "Runtime: nodejs24.x\n    Environment: { Variables: { BUCKET: !Ref B } }",
      ) + permission(),
      "B -> P -> Worker -> B",
    ],
    [
      "the queue's policy names the bucket that waits for it",
      toQueue + queuePolicy().replace("'arn:aws:s3:*:*:uploads'", "!GetAtt B.Arn"),
      "B -> P -> B",
    ],
  ])("%s", (_what, resources, along) => {
    const circles = problemsOf(sam(resources)).map(({ message }) => message.split(" is a circle")[0]);
    const turns = (circle: string) => circle.split(" -> ").slice(1).sort().join();
    expect(circles.map((circle) => turns(circle ?? ""))).toContain(turns(along));
  });

  test("but not when the function has the name as it is written", () => {
    const named = `${bucket("BucketName: uploads")}${workerFunction(`Environment: { Variables: { BUCKET: uploads } }\nPolicies: [{ S3ReadPolicy: { BucketName: uploads } }]\n${event}`)}`;
    expect(problemsOf(sam(named))).toEqual([]);
  });
});

describe("a bucket invokes its function asynchronously:", () => {
  const event = "Events:\n  E: { Type: S3, Properties: { Bucket: !Ref B, Events: s3:ObjectCreated:* } }";
  const invoke =
    "EventInvokeConfig: { DestinationConfig: { OnFailure: { Type: SQS, Destination: !GetAtt D.Arn } } }";
  const others = "\nB: { Type: AWS::S3::Bucket }\nD: { Type: AWS::SQS::Queue }\nQ: { Type: AWS::SQS::Queue }";

  test("its failures have a destination, beside a queue whose have none", () => {
    const queueEvent = "  F: { Type: SQS, Properties: { Queue: !GetAtt Q.Arn } }";
    const both = workerFunction(`${invoke}\n${event}\n${queueEvent}`);
    expect(problemsOf(sam(both + others))).toEqual([]);
    const onlyQueue = workerFunction(`${invoke}\nEvents:\n${queueEvent}`);
    expect(problemsOf(sam(onlyQueue + others))).toHaveLength(1);
  });

  test("one that is not let in yet is told once, and its destination is right", () => {
    const template = without(toFunction).replace(
      "Runtime: nodejs24.x",
      `Runtime: nodejs24.x\n    ${invoke}\n    Events: { F: { Type: SQS, Properties: { Queue: !GetAtt Q.Arn } } }`,
    );
    const problems = problemsOf(sam(`${template}D: { Type: AWS::SQS::Queue }\nQ: { Type: AWS::SQS::Queue }`));
    expect(problems.map(({ message }) => message)).toEqual([expect.stringContaining("is not let in here")]);
  });

  test.each([
    [179_000, 0],
    [180_000, 1],
  ])("a lease of %i ms and the last retry after 180 s come to %i problems", (leaseMs, problems) => {
    const leased = workerFunction(
      `Timeout: 10\nEnvironment: { Variables: { IDEMPOTENCY_LEASE_MS: ${leaseMs} } }\n${event}`,
    );
    expect(problemsOf(sam(leased + others))).toHaveLength(problems);
  });
});
