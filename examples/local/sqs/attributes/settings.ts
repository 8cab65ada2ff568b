import type { RedriveAllowPolicy, RedrivePolicy } from "./redrive-policy.ts";

/** What a queue's owner sets, as values. Seconds are the cloud's. */
export interface Settings {
  readonly delaySeconds: number;
  readonly maximumMessageBytes: number;
  readonly retentionSeconds: number;
  readonly receiveWaitSeconds: number;
  readonly visibilityTimeoutSeconds: number;
  readonly policy?: string | undefined;
  readonly redrive?: RedrivePolicy | undefined;
  readonly redriveAllow?: RedriveAllowPolicy | undefined;
  /** Messages are not encrypted here, whatever the key. */
  readonly kmsKeyId?: string | undefined;
  readonly kmsReuseSeconds: number;
  readonly managedEncryption: boolean;
  readonly fifo: boolean;
  readonly contentBasedDeduplication: boolean;
  readonly deduplicationScope: "queue" | "messageGroup";
  readonly throughputLimit: "perQueue" | "perMessageGroupId";
}

/** AWS's defaults. Source: SQS API Reference, 'CreateQueue'. */
export const DEFAULTS: Settings = {
  delaySeconds: 0,
  maximumMessageBytes: 1_048_576,
  retentionSeconds: 345_600,
  receiveWaitSeconds: 0,
  visibilityTimeoutSeconds: 30,
  kmsReuseSeconds: 300,
  managedEncryption: true,
  fifo: false,
  contentBasedDeduplication: false,
  deduplicationScope: "queue",
  throughputLimit: "perQueue",
};
