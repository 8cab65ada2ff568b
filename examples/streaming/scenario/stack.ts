import { KinesisClient } from "@aws-sdk/client-kinesis";
import { localCredentials } from "../../local/credentials.ts";
import type { World } from "../../local/run/scenario.ts";
import { type Item, tableByKey } from "../../local/run/tables.ts";
import type { QueuedMessage } from "../../local/sqs/service.ts";
import type { Stack } from "../../local/template/stack.ts";

/** The app's parts as a scenario asks for them: by their logical ids. */
export interface Parts {
  readonly kinesis: KinesisClient;
  readonly name: (logicalId: string) => string;
  readonly queue: (logicalId: string) => Stack["queues"][number];
  readonly messages: (logicalId: string) => Promise<readonly QueuedMessage[]>;
  readonly table: (logicalId: string) => Promise<ReadonlyMap<string, Item>>;
  readonly bucket: string;
  readonly stop: () => void;
}

export function partsOf({ cloud }: World): Parts {
  const [stack] = cloud.stacks;
  const bucket = stack?.buckets[0]?.name;
  if (stack === undefined || bucket === undefined)
    throw new Error("the template made no stack, or no bucket");
  const kinesis = new KinesisClient({
    endpoint: cloud.endpoints.kinesis,
    region: stack.region,
    credentials: localCredentials,
    // One connection for all requests; by default the client makes one for each.
    requestHandler: { disableConcurrentStreams: false },
  });
  function queue(logicalId: string): Stack["queues"][number] {
    const found = stack?.queues.find((one) => one.logicalId === logicalId);
    if (found === undefined) throw new Error(`the template has no queue ${logicalId}`);
    return found;
  }
  return {
    kinesis,
    name: (logicalId) => `${stack.name}-${logicalId}`,
    queue,
    messages: (logicalId) => cloud.inspectQueue(queue(logicalId).name),
    table: (logicalId) => tableByKey(cloud.clients.dynamodb, stack, logicalId),
    bucket,
    stop: () => kinesis.destroy(),
  };
}
