/** Source: SQS API Reference, 'GetQueueAttributes' and 'SetQueueAttributes'. */
import type { JsonOperation } from "../../process/json-protocol.ts";
import { type AttributeTexts, withAttributes } from "../attributes/settable.ts";
import { realMs } from "../queue/cloud-time.ts";
import type { Queue } from "../queue/queue.ts";
import { textList, textMap } from "../request-body.ts";
import { invalidAttributeName, invalidAttributeValue, missing } from "../sqs-error.ts";
import type { Context } from "./context.ts";
import { describedQueue, isAttribute } from "./described-queue.ts";
import { checkRedrive } from "./redrive-check.ts";

export function attributeOperations({
  queues,
  dispatch,
  clock,
}: Context): Readonly<Record<string, JsonOperation>> {
  return {
    GetQueueAttributes(body) {
      const queue = queues.named(body);
      const names = textList(body, "AttributeNames");
      const unknown = names.find((name) => !isAttribute(name));
      if (unknown !== undefined) throw invalidAttributeName(unknown);
      const all = describedQueue(queue, clock);
      const chosen = Object.entries(all).filter(([name]) => names.includes("All") || names.includes(name));
      return chosen.length === 0 ? {} : { Attributes: Object.fromEntries(chosen) };
    },
    SetQueueAttributes(body) {
      const queue = queues.named(body);
      const attributes = textMap(body, "Attributes");
      if (Object.keys(attributes).length === 0) throw missing("Attributes");
      refuseOtherType(queue, attributes);
      const settings = withAttributes(queue.settings, attributes);
      if (attributes["RedrivePolicy"] !== undefined) checkRedrive(queues, { arn: queue.arn, settings });
      queue.settings = settings;
      queue.modifiedAtMs = clock.now();
      if (attributes["DelaySeconds"] !== undefined && settings.fifo) delayAnew(queue);
      dispatch.serve(queue);
      return {};
    },
  };

  /** A FIFO queue's delay holds for messages that are in it already (SQS Developer Guide, 'Amazon SQS delay queues'). */
  function delayAnew({ contents, settings }: Queue): void {
    for (const message of [...contents.delayed.items()]) {
      contents.delayed.set(message, message.sentAtMs + realMs(clock, settings.delaySeconds));
    }
  }
}

function refuseOtherType({ settings }: Queue, { FifoQueue }: AttributeTexts): void {
  if (FifoQueue === undefined || FifoQueue === String(settings.fifo)) return;
  if (!settings.fifo) throw invalidAttributeName("FifoQueue");
  throw invalidAttributeValue("FifoQueue", "Modifying queue type is not supported.");
}
