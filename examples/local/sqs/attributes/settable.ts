/** The attributes that a queue's owner sets. Source: SQS API Reference, 'CreateQueue' and 'SetQueueAttributes'. */
import { invalidAttributeName, invalidAttributeValue } from "../sqs-error.ts";
import {
  readRedriveAllowPolicy,
  readRedrivePolicy,
  writeRedriveAllowPolicy,
  writeRedrivePolicy,
} from "./redrive-policy.ts";
import type { Settings } from "./settings.ts";

export type AttributeTexts = Readonly<Record<string, string>>;

interface Settable {
  readonly fifoOnly?: true;
  /** @throws RequestError */
  readonly read: (text: string) => Partial<Settings>;
  /** Undefined when the queue has no such attribute. */
  readonly write: (settings: Settings) => string | undefined;
}

const SETTABLE: Readonly<Record<string, Settable>> = {
  DelaySeconds: whole("DelaySeconds", "delaySeconds", 0, 900),
  MaximumMessageSize: whole("MaximumMessageSize", "maximumMessageBytes", 1_024, 1_048_576),
  MessageRetentionPeriod: whole("MessageRetentionPeriod", "retentionSeconds", 60, 1_209_600),
  ReceiveMessageWaitTimeSeconds: whole("ReceiveMessageWaitTimeSeconds", "receiveWaitSeconds", 0, 20),
  VisibilityTimeout: whole("VisibilityTimeout", "visibilityTimeoutSeconds", 0, 43_200),
  // An empty text takes a policy or a key away.
  Policy: {
    read: (text) => ({ policy: text === "" ? undefined : jsonText("Policy", text) }),
    write: ({ policy }) => policy,
  },
  RedrivePolicy: {
    read: (text) => ({ redrive: text === "" ? undefined : readRedrivePolicy(text) }),
    write: ({ redrive }) => redrive && writeRedrivePolicy(redrive),
  },
  RedriveAllowPolicy: {
    read: (text) => ({ redriveAllow: text === "" ? undefined : readRedriveAllowPolicy(text) }),
    write: ({ redriveAllow }) => redriveAllow && writeRedriveAllowPolicy(redriveAllow),
  },
  KmsMasterKeyId: {
    read: (text) => ({
      kmsKeyId: text === "" ? undefined : text,
      ...(text === "" ? {} : { managedEncryption: false }),
    }),
    write: ({ kmsKeyId }) => kmsKeyId,
  },
  KmsDataKeyReusePeriodSeconds: {
    read: whole("KmsDataKeyReusePeriodSeconds", "kmsReuseSeconds", 60, 86_400).read,
    write: ({ kmsKeyId, kmsReuseSeconds }) => (kmsKeyId === undefined ? undefined : String(kmsReuseSeconds)),
  },
  SqsManagedSseEnabled: {
    read: (text) => ({ managedEncryption: flag("SqsManagedSseEnabled", text) }),
    write: ({ managedEncryption }) => String(managedEncryption),
  },
  FifoQueue: {
    read: (text) => ({ fifo: flag("FifoQueue", text) }),
    write: ({ fifo }) => (fifo ? "true" : undefined),
  },
  ContentBasedDeduplication: {
    fifoOnly: true,
    read: (text) => ({ contentBasedDeduplication: flag("ContentBasedDeduplication", text) }),
    write: ({ contentBasedDeduplication }) => String(contentBasedDeduplication),
  },
  DeduplicationScope: {
    fifoOnly: true,
    read: (text) => ({ deduplicationScope: choice("DeduplicationScope", text, "queue", "messageGroup") }),
    write: ({ deduplicationScope }) => deduplicationScope,
  },
  FifoThroughputLimit: {
    fifoOnly: true,
    read: (text) => ({
      throughputLimit: choice("FifoThroughputLimit", text, "perQueue", "perMessageGroupId"),
    }),
    write: ({ throughputLimit }) => throughputLimit,
  },
};

/**
 * The settings that attributes make of others.
 *
 * @throws RequestError InvalidAttributeName, InvalidAttributeValue; InvalidParameterValue for a redrive policy.
 */
export function withAttributes(before: Settings, attributes: AttributeTexts): Settings {
  let settings = before;
  for (const [name, text] of Object.entries(attributes)) {
    settings = { ...settings, ...settable(name).read(text) };
  }
  for (const name of Object.keys(attributes)) {
    if (settable(name).fifoOnly && !settings.fifo) throw invalidAttributeName(name);
  }
  if (settings.throughputLimit === "perMessageGroupId" && settings.deduplicationScope !== "messageGroup") {
    throw invalidAttributeValue(
      "FifoThroughputLimit",
      "perMessageGroupId is allowed only when DeduplicationScope is messageGroup.",
    );
  }
  if (settings.kmsKeyId !== undefined && settings.managedEncryption) {
    throw invalidAttributeValue("SqsManagedSseEnabled", "A queue has one type of encryption at one time.");
  }
  return settings;
}

/** The attributes that settings are, as texts. */
export function attributesOf(settings: Settings): AttributeTexts {
  const all: Record<string, string> = {};
  for (const [name, { fifoOnly, write }] of Object.entries(SETTABLE)) {
    const text = fifoOnly && !settings.fifo ? undefined : write(settings);
    if (text !== undefined) all[name] = text;
  }
  return all;
}

export function isSettable(name: string): boolean {
  return Object.hasOwn(SETTABLE, name);
}

function settable(name: string): Settable {
  const found = Object.hasOwn(SETTABLE, name) ? SETTABLE[name] : undefined;
  if (found === undefined) throw invalidAttributeName(name);
  return found;
}

type NumberKey = {
  [K in keyof Settings]-?: Settings[K] extends number ? K : never;
}[keyof Settings];

function whole(name: string, key: NumberKey, least: number, most: number): Settable {
  return {
    read(text) {
      const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
      if (!(value >= least && value <= most)) {
        throw invalidAttributeValue(name, `It must be a whole number from ${least} to ${most}.`);
      }
      return { [key]: value };
    },
    write: (settings) => String(settings[key]),
  };
}

function flag(name: string, text: string): boolean {
  return choice(name, text, "true", "false") === "true";
}

function choice<const T extends string>(name: string, text: string, ...choices: readonly T[]): T {
  const found = choices.find((candidate) => candidate === text);
  if (found === undefined) throw invalidAttributeValue(name, `It must be ${choices.join(" or ")}.`);
  return found;
}

function jsonText(name: string, text: string): string {
  try {
    JSON.parse(text);
    return text;
  } catch {
    throw invalidAttributeValue(name, "It is no JSON.");
  }
}
