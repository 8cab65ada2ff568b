import type { Queue } from "../../../../examples/local/template/stack.ts";
import { accountId, place, region } from "../lambda/fixtures.ts";

export function queueArn(name: string): string {
  return `arn:aws:sqs:${region}:${accountId}:${name}`;
}

/** A queue as the template loader describes it, with AWS's defaults. */
export function queueNamed(name: string, endpoint: string, over: Partial<Queue> = {}): Queue {
  return {
    logicalId: name,
    name,
    arn: queueArn(name),
    url: `${endpoint}/${accountId}/${name}`,
    place,
    fifo: name.endsWith(".fifo"),
    contentBasedDeduplication: false,
    visibilityTimeoutSeconds: 30,
    retentionSeconds: 345_600,
    delaySeconds: 0,
    maximumMessageBytes: 1_048_576,
    receiveWaitSeconds: 0,
    ...over,
  };
}
