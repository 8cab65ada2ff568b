import { createHash } from "node:crypto";
import type { Topic } from "../template/stack.ts";
import { attributeBytes, type MessageAttributes, readAttributes } from "./message-attributes.ts";
import type { Params } from "./query.ts";
import { invalidParameter } from "./sns-error.ts";

/** A message that was accepted for a topic. */
export interface Message {
  /** What each protocol's subscribers get: the same, unless the message was structured. */
  readonly bodies: { readonly sqs: string; readonly lambda: string };
  readonly subject?: string;
  readonly attributes: MessageAttributes;
  /** Attributes only filter a structured message; they are not delivered with it. */
  readonly structured: boolean;
  readonly groupId?: string;
  readonly deduplicationId?: string;
  readonly bytes: number;
}

/** Source: SNS API Reference, 'Publish': the default of a topic's MaximumMessageSize. */
export const MAX_MESSAGE_BYTES = 262_144;

/**
 * Reads a message from Publish's parameters, or from one entry of PublishBatch, which has the same names.
 *
 * @throws SnsError (InvalidParameter). Source: SNS API Reference, 'Publish'.
 */
export function readMessage(params: Params, topic: Topic): Message {
  const text = params.get("Message") ?? "";
  if (text === "") throw invalidParameter("Empty message");
  const attributes = readAttributes(params);
  const bytes = Object.entries(attributes).reduce(
    (total, [name, attribute]) => total + attributeBytes(name, attribute),
    Buffer.byteLength(text),
  );
  if (bytes > MAX_MESSAGE_BYTES) {
    throw invalidParameter(`Message too long: ${bytes} bytes, at most ${MAX_MESSAGE_BYTES}`);
  }
  const structure = params.get("MessageStructure");
  if (structure !== undefined && structure !== "json") {
    throw invalidParameter(`MessageStructure "${structure}" is not json`);
  }
  const subject = readSubject(params);
  return {
    bodies: structure === "json" ? readStructured(text) : { sqs: text, lambda: text },
    attributes,
    structured: structure === "json",
    bytes,
    ...(subject === undefined ? {} : { subject }),
    ...readOrder(params, topic, text),
  };
}

function readSubject(params: Params): string | undefined {
  const subject = params.get("Subject");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused.
  if (subject !== undefined && !/^[^\u0000-\u001f\u007f]{1,100}$/u.test(subject)) {
    throw invalidParameter("Subject: write 1 to 100 characters without line breaks or control characters");
  }
  return subject;
}

function readStructured(text: string): Message["bodies"] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw invalidParameter("Message Structure - JSON message body failed to parse");
  }
  const protocols: Readonly<Record<string, unknown>> =
    typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
  const fallback = protocols["default"];
  if (typeof fallback !== "string") {
    throw invalidParameter("Message Structure - No default entry in JSON message body");
  }
  // A key with another value than a text is ignored, and so are keys of other protocols.
  const { sqs, lambda } = protocols;
  return {
    sqs: typeof sqs === "string" ? sqs : fallback,
    lambda: typeof lambda === "string" ? lambda : fallback,
  };
}

function readOrder(params: Params, topic: Topic, text: string): Partial<Message> {
  const groupId = readId(params, "MessageGroupId");
  const deduplicationId = readId(params, "MessageDeduplicationId");
  if (!topic.fifo) {
    if (deduplicationId !== undefined) {
      throw invalidParameter("MessageDeduplicationId is not valid for this topic type");
    }
    return groupId === undefined ? {} : { groupId };
  }
  if (groupId === undefined) {
    throw invalidParameter("The MessageGroupId parameter is required for FIFO topics");
  }
  if (deduplicationId !== undefined) return { groupId, deduplicationId };
  if (!topic.contentBasedDeduplication) {
    throw invalidParameter(
      "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    );
  }
  return { groupId, deduplicationId: createHash("sha256").update(text).digest("hex") };
}

function readId(params: Params, name: string): string | undefined {
  const id = params.get(name);
  if (id !== undefined && !/^[!-~]{1,128}$/.test(id)) {
    throw invalidParameter(`${name}: write 1 to 128 letters, digits and punctuation marks`);
  }
  return id;
}
