import { createHash } from "node:crypto";
import type { JsonBody } from "../../process/json-protocol.ts";
import { objectMap, optionalText } from "../request-body.ts";
import { invalidParameter } from "../sqs-error.ts";
import { checkCharacters } from "./characters.ts";

/** A message attribute as the API has it; a binary value is base64 text. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

const MAX_ATTRIBUTES = 10;
/** A custom label may follow the type: `Number.cents`. */
const DATA_TYPE = /^(String|Number|Binary)(\..+)?$/;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;

/** @throws RequestError. Source: SQS Developer Guide, 'Amazon SQS message metadata'. */
export function readAttributes(message: JsonBody): MessageAttributes {
  const given = Object.entries(objectMap(message, "MessageAttributes"));
  if (given.length > MAX_ATTRIBUTES) {
    throw invalidParameter(
      `Number of message attributes [${given.length}] exceeds the allowed maximum [${MAX_ATTRIBUTES}].`,
    );
  }
  return Object.fromEntries(
    given.map(([name, value]) => {
      checkName(name);
      return [name, readAttribute(name, value)];
    }),
  );
}

/** One attribute's type and value; its name is checked by whoever knows which are allowed. @throws RequestError */
export function readAttribute(name: string, value: JsonBody): MessageAttribute {
  const refuse = (what: string) => invalidParameter(`Message (user) attribute '${name}' ${what}`);
  const DataType = optionalText(value, "DataType") ?? "";
  if (DataType === "") throw refuse("must contain a non-empty attribute type.");
  const [, base] = DATA_TYPE.exec(DataType) ?? [];
  if (base === undefined || DataType.length > 256) {
    throw refuse(`has an invalid type '${DataType}': it begins with String, Number or Binary.`);
  }
  for (const list of ["StringListValues", "BinaryListValues"]) {
    const items: unknown = value[list];
    if (Array.isArray(items) && items.length > 0) throw refuse(`uses ${list}, which SQS does not serve.`);
  }
  const StringValue = optionalText(value, "StringValue");
  const BinaryValue = optionalText(value, "BinaryValue");
  if (base === "Binary") {
    if (BinaryValue === undefined || BinaryValue === "" || StringValue !== undefined) {
      throw refuse("must contain a non-empty value of type 'Binary'.");
    }
    return { DataType, BinaryValue };
  }
  if (StringValue === undefined || StringValue === "" || BinaryValue !== undefined) {
    throw refuse(`must contain a non-empty value of type '${base}'.`);
  }
  checkCharacters(StringValue, `The attribute '${name}'`);
  if (base === "Number" && !isNumber(StringValue)) throw refuse("must contain a number of up to 38 digits.");
  return { DataType, StringValue };
}

/** What attributes add to the size of a message: names, types and values. */
export function attributesBytes(attributes: MessageAttributes): number {
  return Object.entries(attributes).reduce(
    (sum, [name, { DataType, StringValue = "", BinaryValue = "" }]) =>
      sum +
      Buffer.byteLength(name) +
      Buffer.byteLength(DataType) +
      Buffer.byteLength(StringValue) +
      Buffer.byteLength(BinaryValue, "base64"),
    0,
  );
}

/**
 * Undefined when there are none. Source: SQS Developer Guide, 'Calculating the MD5 message digest for message
 * attributes'.
 */
export function attributesMd5(attributes: MessageAttributes): string | undefined {
  const names = Object.keys(attributes).sort();
  if (names.length === 0) return undefined;
  const hash = createHash("md5");
  const update = (bytes: Buffer): void => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  };
  for (const name of names) {
    const { DataType = "", StringValue, BinaryValue } = attributes[name] ?? {};
    update(Buffer.from(name));
    update(Buffer.from(DataType));
    hash.update(Buffer.of(BinaryValue === undefined ? 1 : 2));
    update(BinaryValue === undefined ? Buffer.from(StringValue ?? "") : Buffer.from(BinaryValue, "base64"));
  }
  return hash.digest("hex");
}

/** Those that a receiver asked for: by name, by `beginning.*`, or `All`. Source: 'ReceiveMessage'. */
export function chosenAttributes(
  attributes: MessageAttributes,
  wanted: readonly string[],
): MessageAttributes {
  const chosen = Object.entries(attributes).filter(([name]) =>
    wanted.some((want) =>
      want.endsWith(".*") ? name.startsWith(want.slice(0, -2)) : want === name || want === "All",
    ),
  );
  return Object.fromEntries(chosen);
}

function checkName(name: string): void {
  const allowed = /^[A-Za-z0-9_.-]{1,256}$/.test(name) && !/^\.|\.$|\.\./.test(name);
  if (allowed && !/^(aws|amazon)\./i.test(name)) return;
  throw invalidParameter(
    `Message (user) attribute name '${name}' is invalid: letters, digits, _, - and single dots inside, at most 256 ` +
      "characters, and not AWS. or Amazon. at the beginning.",
  );
}

/** Up to 38 digits, from 10^-128 to 10^+126. */
function isNumber(text: string): boolean {
  if (!NUMBER.test(text)) return false;
  const digits = text
    .replace(/[eE].*$/, "")
    .replace(/\D/g, "")
    .replace(/^0+/, "");
  const size = Math.abs(Number(text));
  return digits.length <= 38 && (size === 0 || (size >= 1e-128 && size < 1e127));
}
