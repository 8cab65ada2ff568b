import { object, required } from "../../object-shape.ts";
import { text } from "../../shapes.ts";
import { mappingFields } from "../mapping-fields.ts";
import { queueOnlyFields, readQueueMapping } from "../queue-mapping.ts";
import { eventType } from "./event-type.ts";

/** Source: SAM Developer Guide, 'SQS': a mapping of the queue to the function. */
export const sqs = eventType({
  type: "SQS",
  properties: object(
    { Queue: required(text()), ...mappingFields, ...queueOnlyFields },
    { name: "an SQS event" },
  ),
  parts: (event, { ownerArn, ...about }) => ({
    queueMappings: [readQueueMapping(event, { ...about, sourceArn: event.Queue, functionArn: ownerArn })],
  }),
});
