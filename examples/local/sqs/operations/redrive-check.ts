import { allows, writeRedrivePolicy } from "../attributes/redrive-policy.ts";
import type { Queue } from "../queue/queue.ts";
import type { Queues } from "../queues.ts";
import { invalidValue } from "../sqs-error.ts";

/**
 * A dead-letter queue is there, of the same type, and allows it.
 *
 * @throws RequestError. Source: SQS Developer Guide, 'Using dead-letter queues in Amazon SQS'.
 */
export function checkRedrive(queues: Queues, { arn, settings }: Pick<Queue, "arn" | "settings">): void {
  const { redrive } = settings;
  if (redrive === undefined) return;
  const refuse = (reason: string) => invalidValue("RedrivePolicy", writeRedrivePolicy(redrive), reason);
  const target = queues.byArn(redrive.deadLetterArn);
  if (target === undefined) throw refuse("Dead letter target does not exist.");
  if (target.settings.fifo !== settings.fifo) {
    throw refuse("Dead-letter queue must be same type of queue as the source.");
  }
  if (!allows(target.settings.redriveAllow, arn)) {
    throw refuse("The redrive allow policy of the dead-letter queue does not let this queue use it.");
  }
}
