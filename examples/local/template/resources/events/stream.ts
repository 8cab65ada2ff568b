import { object, required } from "../../object-shape.ts";
import { text } from "../../shapes.ts";
import { mappingFields } from "../mapping-fields.ts";
import { readStreamMapping, streamOf, streamOnlyFields } from "../stream-mapping.ts";
import { type EventType, eventType } from "./event-type.ts";

const properties = object(
  { Stream: required(text()), ...mappingFields, ...streamOnlyFields },
  { name: "a stream's event" },
);

/** Source: SAM Developer Guide, 'Kinesis': a mapping of the stream to the function. */
export const kinesis = streamEvent("Kinesis", "a stream's Arn");

/** Source: SAM Developer Guide, 'DynamoDB': a mapping of the table's stream to the function. */
export const dynamoDb = streamEvent("DynamoDB", "a table's StreamArn");

function streamEvent(type: "Kinesis" | "DynamoDB", wanted: string): EventType {
  return eventType({
    type,
    properties,
    parts(event, { ownerArn, ...about }) {
      const stream = streamOf(event.Stream);
      if (stream?.source !== type.toLowerCase()) {
        about.problems.report(
          about.at("Stream"),
          `${event.Stream} is no source of a ${type} event; name ${wanted} with !GetAtt`,
        );
        return {};
      }
      return { streamMappings: [readStreamMapping(event, { ...about, ...stream, functionArn: ownerArn })] };
    },
  });
}
