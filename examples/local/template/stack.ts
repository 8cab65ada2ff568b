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
}

export interface Bus extends Resource {}

export interface RuleTarget {
  readonly id: string;
  readonly arn: string;
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
  readonly pattern: Readonly<Record<string, unknown>>;
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
  readonly outputs: Readonly<Record<string, string>>;
  /** Resources that AWS would create and that have nothing to run here: alarms, keys, policies. */
  readonly deployOnly: readonly {
    readonly logicalId: string;
    readonly type: string;
    readonly place: Place;
  }[];
}
