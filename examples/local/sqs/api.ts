import type { Listener } from "../process/both-protocols.ts";
import { jsonListener } from "../process/json-protocol.ts";
import type { CloudClock } from "../services.ts";
import { type MoveTasks, makeMoveTasks } from "./move-tasks.ts";
import { attributeOperations } from "./operations/attributes.ts";
import { moveTaskOperations } from "./operations/move-tasks.ts";
import { permissionOperations } from "./operations/permissions.ts";
import { queueOperations } from "./operations/queues.ts";
import { receiptOperations } from "./operations/receipts.ts";
import { receiveOperations } from "./operations/receive.ts";
import { sendOperations } from "./operations/send.ts";
import { tagOperations } from "./operations/tags.ts";
import { makeDispatch } from "./queue/dispatch.ts";
import { makeQueues, type Queues } from "./queues.ts";
import { queryCompatible } from "./sqs-error.ts";

export interface ApiOptions {
  readonly region: string;
  readonly accountId: string;
  readonly clock: CloudClock;
  /** Messages that a queue can have in flight; 120,000 by default, as on AWS. */
  readonly inFlightLimit?: number;
}

/** Room for a batch at its largest with its characters escaped, and for one that is too large to be told so. */
const MAX_BODY_BYTES = 16 * 1_048_576;

/** The AWS JSON 1.0 API over queues in memory, and what stands behind it. */
export function makeApi(options: ApiOptions): {
  readonly queues: Queues;
  readonly tasks: MoveTasks;
  readonly listener: Listener;
} {
  const { clock, inFlightLimit = 120_000 } = options;
  const queues = makeQueues(options);
  const dispatch = makeDispatch({ clock, inFlightLimit, queueByArn: queues.byArn });
  const tasks = makeMoveTasks({ queues, dispatch, clock });
  const context = { queues, dispatch, clock };
  const listener = jsonListener({
    name: "SQS",
    version: "1.0",
    target: "AmazonSQS",
    operations: {
      ...queueOperations(context),
      ...attributeOperations(context),
      ...sendOperations(context),
      ...receiveOperations(context),
      ...receiptOperations(context),
      ...tagOperations(context),
      ...permissionOperations(context),
      ...moveTaskOperations(context, tasks),
    },
    maxBodyBytes: MAX_BODY_BYTES,
    tooLarge: "InvalidParameterValue",
    internal: "InternalFailure",
    queryCompatible,
  });
  return { queues, tasks, listener };
}
