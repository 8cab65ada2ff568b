/** Source: SQS API Reference, 'TagQueue'; SQS Developer Guide, 'Amazon SQS standard queue quotas'. */
import type { JsonBody, JsonOperation } from "../../process/json-protocol.ts";
import { textList, textMap } from "../request-body.ts";
import { invalidParameter } from "../sqs-error.ts";
import type { Context } from "./context.ts";

export function tagOperations({ queues }: Context): Readonly<Record<string, JsonOperation>> {
  return {
    TagQueue(body) {
      const { tags } = queues.named(body);
      for (const [key, value] of Object.entries(readTags(body, "Tags"))) tags.set(key, value);
      return {};
    },
    UntagQueue(body) {
      const { tags } = queues.named(body);
      for (const key of textList(body, "TagKeys")) tags.delete(key);
      return {};
    },
    ListQueueTags(body) {
      const { tags } = queues.named(body);
      return tags.size === 0 ? {} : { Tags: Object.fromEntries(tags) };
    },
  };
}

/** @throws RequestError for a key or a value that is too long, and for keys that are AWS's own. */
export function readTags(body: JsonBody, name: string): Readonly<Record<string, string>> {
  const tags = textMap(body, name);
  for (const [key, value] of Object.entries(tags)) {
    if (key.length < 1 || key.length > 128 || value.length > 256 || /^aws:/i.test(key)) {
      throw invalidParameter(
        `The tag "${key}" is invalid: a key has 1 to 128 characters and does not begin with aws:, a value at most 256.`,
      );
    }
  }
  return tags;
}
