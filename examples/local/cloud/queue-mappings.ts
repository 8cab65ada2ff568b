import { compilePattern } from "../eventbridge/pattern.ts";
import type { Lambda } from "../lambda/lambda-service.ts";
import { type RunningMapping, startQueueMapping } from "../lambda/queue-mapping.ts";
import type { SqsRecord } from "../lambda/sqs-event.ts";
import { sqsFilter } from "../lambda/sqs-filter.ts";
import type { Sqs } from "../sqs/service.ts";
import type { QueueMapping } from "../template/stack.ts";
import type { AllStacks, Ground } from "./ground.ts";
import { at } from "./places.ts";

/** Starts the templates' mappings of queues. @throws Error naming the place of one that cannot run. */
export function startQueueMappings(
  { clock, observe, track, faults }: Ground,
  { queueMappings, queues, functions }: AllStacks,
  { sqs, lambda }: { readonly sqs: Sqs; readonly lambda: Lambda },
): readonly RunningMapping[] {
  return queueMappings.map((mapping) => {
    const queue = queues.find(({ arn }) => arn === mapping.queueArn);
    const fn = functions.find(({ arn }) => arn === mapping.functionArn);
    if (queue === undefined || fn === undefined) {
      throw new Error(`${at(mapping.place)}: the mapping's queue or function is not in these templates`);
    }
    return track(
      startQueueMapping({
        mapping,
        queue,
        client: sqs.client,
        functionName: fn.name,
        invoke: lambda.invoke,
        accepts: filterOf(mapping),
        clock,
        observe,
        maxPollers: lambda.maxEnvironments,
        ...(faults === undefined ? {} : { faults }),
      }),
    );
  });
}

/** Names of the queues that a function consumes. */
export function consumedQueues({ queueMappings, queues }: AllStacks): ReadonlySet<string | undefined> {
  return new Set(
    queueMappings
      .filter(({ enabled }) => enabled)
      .map(({ queueArn }) => queues.find(({ arn }) => arn === queueArn)?.name),
  );
}

/** What the function of a mapping is to see. A wrong filter names its line. */
function filterOf({ filters, place }: QueueMapping): (record: SqsRecord) => boolean {
  try {
    return sqsFilter(filters, compilePattern);
  } catch (error) {
    throw new Error(`${at(place)}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}
