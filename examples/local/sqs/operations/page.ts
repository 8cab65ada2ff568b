import type { JsonBody } from "../../process/json-protocol.ts";
import type { Queue } from "../queue/queue.ts";
import { optionalInteger, optionalText } from "../request-body.ts";
import { invalidParameter } from "../sqs-error.ts";

const MOST = 1_000;

/**
 * One page of queues, sorted by name: a token is the name of the last one before it. Without MaxResults there are up to
 * 1,000 and no token. Source: SQS API Reference, 'ListQueues' and 'ListDeadLetterSourceQueues'.
 */
export function page(
  body: JsonBody,
  all: readonly Queue[],
): { readonly queues: readonly Queue[]; readonly next: { readonly NextToken?: string } } {
  const most = optionalInteger(body, "MaxResults", 1, MOST);
  const token = optionalText(body, "NextToken");
  if (token !== undefined && most === undefined) {
    throw invalidParameter("MaxResults must be given together with NextToken.");
  }
  const after = token === undefined ? "" : Buffer.from(token, "base64").toString();
  const left = all.filter(({ name }) => name > after);
  const queues = left.slice(0, most ?? MOST);
  const last = queues.at(-1);
  const more = most !== undefined && last !== undefined && left.length > queues.length;
  return { queues, next: more ? { NextToken: Buffer.from(last.name).toString("base64") } : {} };
}
