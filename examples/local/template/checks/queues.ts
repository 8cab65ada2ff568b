import type { QueueMapping } from "../stack.ts";
import { type CheckedTemplate, checkArn, functionByArn, queueByArn } from "./checked-template.ts";
import { seconds } from "./seconds.ts";

const queueType = { "AWS::SQS::Queue": "a queue" };
const functionType = { "AWS::Serverless::Function": "a function" };

/** A queue's dead-letter queue is of its own sort. Source: SQS Developer Guide, 'Using dead-letter queues'. */
export function checkRedrive(template: CheckedTemplate): void {
  for (const queue of template.parts.queues) {
    if (queue.redrive === undefined) continue;
    const place = template.at(queue.logicalId, "RedrivePolicy", "deadLetterTargetArn");
    if (!checkArn(template, queue.redrive.deadLetterArn, queueType, place)) continue;
    const target = queueByArn(template, queue.redrive.deadLetterArn);
    if (target === undefined || target.fifo === queue.fifo) continue;
    const kind = queue.fifo ? "FIFO" : "standard";
    template.problems.report(
      place,
      `the dead-letter queue of a ${kind} queue must be a ${kind} queue, and ${target.logicalId} is none; change one`,
    );
  }
}

/** Source: Lambda Developer Guide, 'Creating and configuring an Amazon SQS event source mapping'. */
export function checkMappings(template: CheckedTemplate): void {
  for (const mapping of template.parts.queueMappings) {
    const known =
      checkArn(template, mapping.queueArn, queueType, mapping.place) &&
      checkArn(template, mapping.functionArn, functionType, mapping.place);
    if (known) checkVisibility(template, mapping);
  }
}

/** Lambda refuses a mapping whose messages would be visible again while the function still runs. */
function checkVisibility(template: CheckedTemplate, mapping: QueueMapping): void {
  const queue = queueByArn(template, mapping.queueArn);
  const fn = functionByArn(template, mapping.functionArn);
  if (queue === undefined || fn === undefined) return;
  const visible = queue.visibilityTimeoutSeconds;
  if (visible / template.speed >= fn.timeoutSeconds) return;
  const place = template.at(queue.logicalId, "VisibilityTimeout");
  if (visible < fn.timeoutSeconds) {
    template.problems.report(
      place,
      `VisibilityTimeout is ${visible} s and ${fn.logicalId} may run for ${fn.timeoutSeconds} s: its messages would ` +
        `come again while it works on them; write at least ${fn.timeoutSeconds}, better six times that`,
    );
    return;
  }
  template.problems.report(
    place,
    `at speed ${template.speed} waits are divided and function timeouts are not: VisibilityTimeout ${visible} s ` +
      `becomes ${seconds(visible / template.speed)} and ${fn.logicalId} may run for ${fn.timeoutSeconds} s; ` +
      `use a speed of at most ${Math.floor(visible / fn.timeoutSeconds)} (the scenario says it), or lengthen VisibilityTimeout`,
  );
}
