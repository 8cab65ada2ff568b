import { createHash } from "node:crypto";
import type { JsonBody } from "../../process/json-protocol.ts";
import type { Settings } from "../attributes/settings.ts";
import { objectMap, optionalInteger, optionalText, optionalToken } from "../request-body.ts";
import { invalidParameter, invalidValue, missing } from "../sqs-error.ts";
import { checkCharacters } from "./characters.ts";
import {
  attributesBytes,
  attributesMd5,
  type MessageAttribute,
  type MessageAttributes,
  readAttribute,
  readAttributes,
} from "./message-attributes.ts";

/** What a sender says of a message, checked. */
export interface Sent {
  readonly body: string;
  readonly bodyMd5: string;
  readonly attributes: MessageAttributes;
  /** X-Ray's trace header, the only system attribute that a sender may set. */
  readonly traceHeader?: string;
  readonly groupId?: string;
  /** Of FIFO queues: the sender's, or the hash of the body. */
  readonly deduplicationId?: string;
}

/** A message on its way into a queue. */
export interface Outgoing extends Sent {
  /** Of this message; the queue's own otherwise. */
  readonly delaySeconds?: number;
  readonly md5: {
    readonly attributes?: string | undefined;
    readonly systemAttributes?: string | undefined;
  };
}

/** The size that counts: the body, and its attributes' names, types and values. */
export function sizeOf(message: JsonBody): number {
  const body = optionalText(message, "MessageBody") ?? "";
  return Buffer.byteLength(body) + attributesBytes(readAttributesLoosely(message));
}

/**
 * Reads a message from SendMessage's parameters, or from one entry of SendMessageBatch, which has the same names.
 *
 * @throws RequestError. Source: SQS API Reference, 'SendMessage'.
 */
export function readMessage(message: JsonBody, settings: Settings): Outgoing {
  const body = optionalText(message, "MessageBody") ?? "";
  if (body === "") throw missing("MessageBody");
  checkCharacters(body, "The body");
  const attributes = readAttributes(message);
  const system = readSystemAttributes(message);
  const bytes = Buffer.byteLength(body) + attributesBytes(attributes);
  if (bytes > settings.maximumMessageBytes) {
    throw invalidParameter(
      `One or more parameters are invalid. Reason: Message must be shorter than ${settings.maximumMessageBytes} bytes.`,
    );
  }
  const delaySeconds = readDelay(message, settings);
  const traceHeader = system["AWSTraceHeader"]?.StringValue;
  return {
    body,
    bodyMd5: createHash("md5").update(body).digest("hex"),
    attributes,
    ...readOrder(message, body, settings),
    ...(delaySeconds === undefined ? {} : { delaySeconds }),
    ...(traceHeader === undefined ? {} : { traceHeader }),
    md5: { attributes: attributesMd5(attributes), systemAttributes: attributesMd5(system) },
  };
}

/** In a FIFO queue all messages have the queue's delay; a zero may be said, and says nothing. */
function readDelay(message: JsonBody, { fifo }: Settings): number | undefined {
  const delaySeconds = optionalInteger(message, "DelaySeconds", 0, 900);
  if (!fifo) return delaySeconds;
  if (delaySeconds !== undefined && delaySeconds > 0) throw notOfThisType("DelaySeconds", delaySeconds);
  return undefined;
}

function readOrder(message: JsonBody, body: string, settings: Settings): Partial<Sent> {
  const groupId = optionalToken(message, "MessageGroupId");
  const deduplicationId = optionalToken(message, "MessageDeduplicationId");
  if (!settings.fifo) {
    if (deduplicationId !== undefined) throw notOfThisType("MessageDeduplicationId", deduplicationId);
    // Makes a standard queue a fair one.
    return groupId === undefined ? {} : { groupId };
  }
  if (groupId === undefined) throw missing("MessageGroupId");
  if (deduplicationId !== undefined) return { groupId, deduplicationId };
  if (!settings.contentBasedDeduplication) {
    throw invalidParameter(
      "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly",
    );
  }
  return { groupId, deduplicationId: createHash("sha256").update(body).digest("hex") };
}

/** X-Ray Developer Guide, 'Tracing header': `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=…;Sampled=1`. */
const TRACE_HEADER =
  /^(?=.*\bRoot=1-[0-9a-fA-F]{8}-[0-9a-fA-F]{24}\b)[A-Za-z0-9_]+=[^=;]*(;\s*[A-Za-z0-9_]+=[^=;]*)*;?$/;

function readSystemAttributes(message: JsonBody): MessageAttributes {
  const system: Record<string, MessageAttribute> = {};
  for (const [name, value] of Object.entries(objectMap(message, "MessageSystemAttributes"))) {
    if (name !== "AWSTraceHeader") {
      throw invalidParameter(
        `Message system attribute name '${name}' is invalid: only AWSTraceHeader can be set.`,
      );
    }
    const attribute = readAttribute(name, value);
    if (attribute.DataType !== "String" || !TRACE_HEADER.test(attribute.StringValue ?? "")) {
      throw invalidParameter(
        "Message system attribute 'AWSTraceHeader' must be an X-Ray trace header of type String.",
      );
    }
    system[name] = attribute;
  }
  return system;
}

/** For counting a batch before its entries are read: what is wrong in one is said of that one. */
function readAttributesLoosely(message: JsonBody): MessageAttributes {
  const texts = (value: JsonBody, name: string): string => {
    const text = value[name];
    return typeof text === "string" ? text : "";
  };
  const entries = Object.entries(objectMap(message, "MessageAttributes")).map(([name, value]) => [
    name,
    {
      DataType: texts(value, "DataType"),
      StringValue: texts(value, "StringValue"),
      BinaryValue: texts(value, "BinaryValue"),
    },
  ]);
  return Object.fromEntries(entries);
}

function notOfThisType(parameter: string, value: unknown): Error {
  return invalidValue(
    parameter,
    value,
    "The request include parameter that is not valid for this queue type.",
  );
}
