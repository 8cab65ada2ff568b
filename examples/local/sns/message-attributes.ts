import { members, type Params } from "./query.ts";
import { invalidParameter } from "./sns-error.ts";

/** A message attribute as the API has it; a binary value is base64 text. */
export interface MessageAttribute {
  readonly DataType: string;
  readonly StringValue?: string;
  readonly BinaryValue?: string;
}

export type MessageAttributes = Readonly<Record<string, MessageAttribute>>;

/** Source: SNS Developer Guide, 'Message attributes'; a custom label may follow the type: `Number.cents`. */
const DATA_TYPE = /^(String|Number|Binary)(\..+)?$/;

/**
 * Reads the attributes of one message.
 *
 * @throws SnsError (InvalidParameter) naming the attribute. Source: SNS API Reference, 'MessageAttributeValue'.
 */
export function readAttributes(params: Params): MessageAttributes {
  const read = members(params, "MessageAttributes.entry").map((entry): [string, MessageAttribute] => {
    const name = entry.get("Name") ?? "";
    const dataType = entry.get("Value.DataType") ?? "";
    checkName(name);
    const [, base] = DATA_TYPE.exec(dataType) ?? [];
    if (base === undefined) {
      throw invalidValue(name, `has an invalid message attribute type "${dataType}"`);
    }
    const stringValue = entry.get("Value.StringValue");
    const binaryValue = entry.get("Value.BinaryValue");
    const value = base === "Binary" ? binaryValue : stringValue;
    const other = base === "Binary" ? stringValue : binaryValue;
    if (value === undefined || value === "" || other !== undefined) {
      throw invalidValue(name, `must contain a non-empty value that fits the type ${dataType}`);
    }
    if (base === "Number" && !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value)) {
      throw invalidValue(name, `holds "${value}", which is no number`);
    }
    return [
      name,
      base === "Binary"
        ? { DataType: dataType, BinaryValue: value }
        : { DataType: dataType, StringValue: value },
    ];
  });
  const attributes = Object.fromEntries(read);
  if (Object.keys(attributes).length < read.length) {
    throw invalidParameter("two message attributes have one name");
  }
  return attributes;
}

/** What an attribute adds to the size of its message: name, type and value. */
export function attributeBytes(name: string, attribute: MessageAttribute): number {
  const value =
    attribute.BinaryValue === undefined
      ? Buffer.byteLength(attribute.StringValue ?? "")
      : Buffer.byteLength(attribute.BinaryValue, "base64");
  return Buffer.byteLength(name) + Buffer.byteLength(attribute.DataType) + value;
}

function checkName(name: string): void {
  const allowed = /^[A-Za-z0-9_.-]{1,256}$/.test(name) && !/^\.|\.$|\.\./.test(name);
  if (!allowed || /^(aws|amazon)\./i.test(name)) {
    throw invalidValue(
      name,
      "has a name that is not allowed: letters, digits, _ - and single dots inside, at most 256, not AWS. or Amazon.",
    );
  }
}

function invalidValue(name: string, what: string): Error {
  return invalidParameter(`The message attribute '${name}' ${what}`);
}
