import type { MessageAttributeValue } from "@aws-sdk/client-sqs";
import type { MessageAttributes } from "../sns/message-attributes.ts";

/** SNS's attributes as an SQS client takes them: binary values as bytes. */
export function sqsAttributes(
  attributes: MessageAttributes,
): Readonly<Record<string, MessageAttributeValue>> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
      name,
      BinaryValue === undefined
        ? { DataType, StringValue: StringValue ?? "" }
        : { DataType, BinaryValue: Buffer.from(BinaryValue, "base64") },
    ]),
  );
}
