/**
 * The few words the local cloud's services share. A service knows nothing of the others: it is given what it
 * needs (`deliver`, `clock`, `observe`) by `cloud.ts` and `cloud/`, where they meet.
 */

/** The services that functions reach over the wire, by the names that the SDK's `AWS_ENDPOINT_URL_…` variables use. */
export const SERVICE_NAMES = [
  "dynamodb",
  "dynamodb_streams",
  "eventbridge",
  "kinesis",
  "kms",
  "lambda",
  "s3",
  "scheduler",
  "sfn",
  "sns",
  "sqs",
] as const;
export type ServiceName = (typeof SERVICE_NAMES)[number];

/** Something that runs until it is stopped; `stop` resolves once no process, socket or timer of it is left. */
export interface Running {
  stop(): Promise<void>;
}

/**
 * The cloud's clock: what AWS counts in minutes may pass faster here. Only waiting between deliveries
 * (visibility timeouts, retry delays, batching windows, delivery delays) is divided by `speed`; a function's
 * Timeout and its deadline stay in real milliseconds.
 */
export interface CloudClock {
  readonly speed: number;
  /** Real milliseconds since the epoch. */
  now(): number;
  /** Runs `fn` once `cloudMs` of the cloud's time have passed (cloudMs / speed real ms). Returns its cancellation. */
  after(cloudMs: number, fn: () => void): () => void;
}

/**
 * Sends one payload to whatever an ARN names (function: asynchronous invoke; queue: SendMessage; bus: PutEvents;
 * state machine: StartExecution). Attributes go with a message, except those that a service needs to take it:
 * `MessageGroupId` (FIFO queue), `PartitionKey` (stream), `Source`, `DetailType` and `Resources` (bus).
 */
export type Deliver = (
  arn: string,
  payload: string,
  attributes?: Readonly<Record<string, string>>,
) => Promise<void>;

/**
 * What happened, for progress and for the report at the end. Nothing depends on anyone listening, and a
 * listener that throws is ignored.
 */
export type CloudFact =
  | {
      readonly type: "invoke-start";
      readonly functionName: string;
      readonly requestId: string;
      readonly source: string;
      readonly attempt: number;
    }
  | {
      readonly type: "invoke-end";
      readonly functionName: string;
      readonly requestId: string;
      readonly outcome: "ok" | "error" | "timeout" | "crash" | "init-error" | "throttled";
      readonly durationMs: number;
      readonly coldStart: boolean;
    }
  | { readonly type: "async-retry"; readonly functionName: string; readonly attempt: number }
  | { readonly type: "duplicate"; readonly functionName: string; readonly records: number }
  | { readonly type: "killed" | "frozen"; readonly functionName: string; readonly requestId: string }
  | { readonly type: "reordered"; readonly functionName: string; readonly records: number }
  | {
      readonly type: "request-fault";
      readonly service: string;
      readonly operation: string;
      readonly fate: string;
    }
  | { readonly type: "entry-refused"; readonly code: string }
  | { readonly type: "clock-skewed"; readonly functionName: string; readonly byMs: number }
  | { readonly type: "third-party-fault"; readonly name: string; readonly fate: string }
  | { readonly type: "dead-letter"; readonly from: string; readonly to: string; readonly reason: string }
  | { readonly type: "dropped"; readonly from: string; readonly reason: string }
  | { readonly type: "event-published"; readonly busName: string; readonly matchedRules: number }
  | { readonly type: "rule-retry"; readonly ruleName: string; readonly attempt: number }
  | { readonly type: "execution-start"; readonly stateMachine: string; readonly name: string }
  | {
      readonly type: "execution-end";
      readonly stateMachine: string;
      readonly name: string;
      readonly status: string;
    }
  | { readonly type: "schedule-fired"; readonly scheduleName: string; readonly scheduledTime: string }
  | { readonly type: "schedule-retry"; readonly scheduleName: string; readonly attempt: number }
  | {
      readonly type: "http";
      readonly method: string;
      readonly path: string;
      readonly status: number;
      readonly durationMs: number;
    }
  | {
      readonly type: "log";
      readonly functionName: string;
      readonly requestId: string;
      readonly line: string;
    };

export type Observe = (fact: CloudFact) => void;
