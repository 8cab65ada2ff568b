/**
 * A template, understood: what the local cloud must run, as plain data.
 *
 * `load-template.ts` makes it from a SAM `template.yaml`; each service takes its own part of it.
 * Every reference is resolved to an ARN, a name or a URL. Nothing here is optional that AWS gives a default:
 * the default is filled in, so a service never has to know it.
 */

/** Where a thing stands in the template, for errors: `template.yaml:42 (Resources.Orders.Properties.KeySchema)`. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly path: string;
}

interface Resource {
  readonly logicalId: string;
  readonly name: string;
  readonly arn: string;
  readonly place: Place;
}

/** DynamoDB's own CreateTable shapes, as the template writes them. */
export interface Table extends Resource {
  readonly keySchema: readonly { readonly AttributeName: string; readonly KeyType: "HASH" | "RANGE" }[];
  readonly attributeDefinitions: readonly {
    readonly AttributeName: string;
    readonly AttributeType: "S" | "N" | "B";
  }[];
  readonly globalSecondaryIndexes: readonly Readonly<Record<string, unknown>>[];
  readonly localSecondaryIndexes: readonly Readonly<Record<string, unknown>>[];
  readonly streamViewType?: string;
  readonly ttlAttribute?: string;
}

export interface Queue extends Resource {
  readonly url: string;
  readonly fifo: boolean;
  readonly contentBasedDeduplication: boolean;
  readonly visibilityTimeoutSeconds: number;
  readonly retentionSeconds: number;
  readonly delaySeconds: number;
  readonly maximumMessageBytes: number;
  readonly receiveWaitSeconds: number;
  readonly redrive?: { readonly deadLetterArn: string; readonly maxReceiveCount: number };
  /** Whose dead-letter queue it may be, as the template says it; anyone's when it says nothing. */
  readonly redriveAllowPolicy?: Readonly<Record<string, unknown>>;
  /** Of FIFO queues: AWS's defaults when they are not given. */
  readonly deduplicationScope?: "queue" | "messageGroup";
  readonly throughputLimit?: "perQueue" | "perMessageGroupId";
}

export interface Bucket extends Resource {
  readonly versioning?: "Enabled" | "Suspended";
  /** Rules that abort uploads left open; what else a lifecycle says happens on AWS only. */
  readonly lifecycle: readonly {
    readonly id: string;
    readonly enabled: boolean;
    readonly prefix: string;
    readonly daysAfterInitiation: number;
  }[];
  readonly notifications: readonly {
    readonly id: string;
    readonly destination: "Queue" | "Topic" | "CloudFunction";
    readonly arn: string;
    /** `s3:ObjectCreated:*`, … */
    readonly events: readonly string[];
    readonly prefix: string;
    readonly suffix: string;
    readonly place: Place;
  }[];
  /** Events go to the default bus as well. */
  readonly eventBridge: boolean;
}

export interface Topic extends Resource {
  readonly fifo: boolean;
  readonly contentBasedDeduplication: boolean;
  readonly displayName?: string;
}

/** A queue or function behind a topic. People behind one (email, SMS) have nothing to run here. */
export interface Subscription {
  readonly logicalId: string;
  readonly arn: string;
  readonly topicArn: string;
  readonly protocol: "sqs" | "lambda";
  readonly endpointArn: string;
  readonly rawMessageDelivery: boolean;
  readonly filterPolicy?: Readonly<Record<string, unknown>>;
  readonly filterPolicyScope: "MessageAttributes" | "MessageBody";
  readonly deadLetterArn?: string;
  readonly place: Place;
}

export interface Key extends Resource {
  readonly keyId: string;
  readonly description?: string;
  readonly enabled: boolean;
  /** Undefined: its material is not rotated by itself. */
  readonly rotationPeriodDays?: number;
  /** `alias/orders`, … */
  readonly aliases: readonly string[];
}

/** A Kinesis data stream. */
export interface DataStream extends Resource {
  /** Undefined when AWS would choose (ON_DEMAND begins with four). */
  readonly shardCount?: number;
  readonly retentionHours: number;
}

/** An event source mapping of a stream: Kinesis, or DynamoDB Streams. */
export interface StreamMapping {
  readonly logicalId: string;
  readonly source: "kinesis" | "dynamodb";
  /** The stream's ARN; for DynamoDB the ARN of the table whose stream it is. */
  readonly sourceArn: string;
  readonly functionArn: string;
  readonly enabled: boolean;
  readonly startingPosition: "LATEST" | "TRIM_HORIZON" | { readonly atTimestampSeconds: number };
  readonly batchSize: number;
  readonly windowSeconds: number;
  readonly parallelizationFactor: number;
  readonly bisectOnFunctionError: boolean;
  /** -1: until the records expire. */
  readonly maximumRetryAttempts: number;
  /** -1: until the records expire. */
  readonly maximumRecordAgeSeconds: number;
  readonly onFailureArn?: string;
  /** 0: none. */
  readonly tumblingWindowSeconds: number;
  readonly reportBatchItemFailures: boolean;
  readonly filters: readonly Readonly<Record<string, unknown>>[];
  readonly place: Place;
}

/** An EventBridge Scheduler schedule, or a rule's own, which has the rule's ARN and the rule as its target. */
export interface Schedule extends Resource {
  readonly groupName: string;
  /** `rate(5 minutes)`, `cron(0 3 * * ? *)`, `at(2026-11-25T03:00:00)`. */
  readonly expression: string;
  readonly timezone: string;
  readonly startDate?: string;
  readonly endDate?: string;
  readonly enabled: boolean;
  /** Undefined: exactly on time. */
  readonly flexibleWindowMinutes?: number;
  readonly target: {
    readonly arn: string;
    /** The role of a Scheduler's schedule; a rule's has none. */
    readonly roleArn?: string;
    /** Text for the target; without it a rule's schedule sends the scheduled event, a Scheduler's its own. */
    readonly input?: string;
    readonly maximumRetryAttempts: number;
    readonly maximumEventAgeSeconds: number;
    readonly deadLetterArn?: string;
    readonly messageGroupId?: string;
    readonly partitionKey?: string;
    readonly eventBridge?: { readonly detailType: string; readonly source: string };
  };
}

/** Schedules of one purpose; `default` is always there. */
export interface ScheduleGroup extends Resource {}

export interface StateMachine extends Resource {
  readonly type: "STANDARD" | "EXPRESS";
  readonly roleArn: string;
  /** Amazon States Language, substitutions made. */
  readonly definition: Readonly<Record<string, unknown>>;
}

export interface Bus extends Resource {}

export interface RuleTarget {
  readonly id: string;
  readonly arn: string;
  /** What EventBridge acts as towards a state machine; functions, queues and buses need none here. */
  readonly roleArn?: string;
  /** At most one of the next three. Without any, the whole event goes to the target. */
  readonly input?: string;
  readonly inputPath?: string;
  readonly inputTransformer?: {
    readonly inputPathsMap: Readonly<Record<string, string>>;
    readonly inputTemplate: string;
  };
  readonly maximumRetryAttempts: number;
  readonly maximumEventAgeSeconds: number;
  readonly deadLetterArn?: string;
  readonly place: Place;
}

export interface Rule extends Resource {
  readonly busName: string;
  readonly enabled: boolean;
  /** Undefined for a rule that only has a schedule, which stands among the schedules. */
  readonly pattern?: Readonly<Record<string, unknown>>;
  readonly targets: readonly RuleTarget[];
}

export interface LambdaFunction extends Resource {
  /** Absolute path of the TypeScript or JavaScript file that esbuild starts from. */
  readonly entryPoint: string;
  /** The exported name within it: `handler`. */
  readonly exportName: string;
  readonly runtime: string;
  readonly timeoutSeconds: number;
  readonly memoryMb: number;
  /** How the runtime writes its own lines: errors that a handler did not catch. */
  readonly logFormat: "JSON" | "Text";
  readonly environment: Readonly<Record<string, string>>;
  readonly reservedConcurrency?: number;
  /** What happens to asynchronous invocations that fail (EventInvokeConfig; DeadLetterQueue). */
  readonly asyncInvoke: {
    readonly maximumRetryAttempts: number;
    readonly maximumEventAgeSeconds: number;
    readonly onFailureArn?: string;
    readonly onSuccessArn?: string;
    readonly deadLetterArn?: string;
  };
  /** esbuild options from the SAM Metadata (BuildMethod: esbuild). */
  readonly build: {
    readonly minify: boolean;
    readonly sourcemap: boolean;
    readonly format: "esm" | "cjs";
    readonly target: string;
    readonly external: readonly string[];
    readonly mainFields: readonly string[];
  };
}

/** An SQS event source mapping. */
export interface QueueMapping {
  readonly logicalId: string;
  readonly queueArn: string;
  readonly functionArn: string;
  readonly enabled: boolean;
  readonly batchSize: number;
  readonly windowSeconds: number;
  readonly reportBatchItemFailures: boolean;
  readonly maximumConcurrency?: number;
  /** Filter patterns, in EventBridge's pattern language; a message is taken when any matches or there is none. */
  readonly filters: readonly Readonly<Record<string, unknown>>[];
  readonly place: Place;
}

export interface HttpApi {
  readonly logicalId: string;
  readonly id: string;
  readonly stageName: string;
  readonly routes: readonly {
    /** `POST`, `ANY`, … */
    readonly method: string;
    /** `/orders/{orderId}`, `/{proxy+}`, … */
    readonly path: string;
    readonly functionArn: string;
    readonly timeoutMs: number;
    readonly place: Place;
  }[];
  readonly place: Place;
}

export interface Stack {
  readonly name: string;
  readonly file: string;
  readonly region: string;
  readonly accountId: string;
  readonly tables: readonly Table[];
  readonly queues: readonly Queue[];
  readonly buses: readonly Bus[];
  readonly rules: readonly Rule[];
  readonly functions: readonly LambdaFunction[];
  readonly queueMappings: readonly QueueMapping[];
  readonly httpApis: readonly HttpApi[];
  readonly buckets: readonly Bucket[];
  readonly topics: readonly Topic[];
  readonly subscriptions: readonly Subscription[];
  readonly keys: readonly Key[];
  readonly dataStreams: readonly DataStream[];
  readonly streamMappings: readonly StreamMapping[];
  readonly schedules: readonly Schedule[];
  readonly scheduleGroups: readonly ScheduleGroup[];
  readonly stateMachines: readonly StateMachine[];
  readonly outputs: Readonly<Record<string, string>>;
  /** Resources that AWS would create and that have nothing to run here: alarms, keys, policies. */
  readonly deployOnly: readonly {
    readonly logicalId: string;
    readonly type: string;
    readonly place: Place;
  }[];
}
