import { setTimeout as wait } from "node:timers/promises";
import { StartMessageMoveTaskCommand } from "@aws-sdk/client-sqs";
import type { World } from "./scenario.ts";

const MOST_TRIES = 60;
const BETWEEN_TRIES_MS = 250;

/** Queues, by their ARNs. */
export interface Redrive {
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/**
 * Sends what SQS has given up on its way again, as an operator does.
 *
 * A queue has one move at a time, and the one before may still be looking whether it has left any: then it is waited for.
 */
export async function redrive({ cloud, signal }: World, { from, to }: Redrive): Promise<void> {
  const move = new StartMessageMoveTaskCommand({ SourceArn: from, DestinationArn: to });
  for (let tries = 1; ; tries++) {
    try {
      await cloud.clients.sqs.send(move);
      return;
    } catch (error) {
      if (tries === MOST_TRIES || !String(error).includes("already a task running")) throw error;
      await wait(BETWEEN_TRIES_MS, undefined, { signal });
    }
  }
}
