import { deployOnly, object, required } from "../object-shape.ts";
import { anything, text } from "../shapes.ts";
import { arn, type ResourceContext, resourceKind } from "./kind.ts";
import { functionArnOf, mappingFields } from "./mapping-fields.ts";
import { queueOnlyFields, readQueueMapping } from "./queue-mapping.ts";
import { readStreamMapping, streamOf, streamOnlyFields } from "./stream-mapping.ts";

/** Source: CloudFormation 'AWS::Lambda::EventSourceMapping'. Served are queues, Kinesis and tables' streams. */
export const eventSourceMapping = resourceKind({
  type: "AWS::Lambda::EventSourceMapping",
  properties: object(
    {
      EventSourceArn: required(text()),
      FunctionName: required(text()),
      ...mappingFields,
      ...queueOnlyFields,
      ...streamOnlyFields,
      Tags: deployOnly(anything()),
    },
    { name: "AWS::Lambda::EventSourceMapping" },
  ),
  returns: ({ logicalId, stack }) => ({
    name: logicalId,
    arn: arn(stack, "lambda", `event-source-mapping:${logicalId}`),
    ref: logicalId,
    attributes: {
      Id: logicalId,
      EventSourceMappingArn: arn(stack, "lambda", `event-source-mapping:${logicalId}`),
    },
  }),
  build(properties, context) {
    const { logicalId, problems, place, at } = context;
    const functionArn = functionArnOf(properties.FunctionName, context.stack);
    const about = { logicalId, sourceArn: properties.EventSourceArn, functionArn, problems, place, at };
    const stream = streamOf(properties.EventSourceArn);
    if (stream === undefined) {
      refuseFields(context, streamOnlyFields, "only a stream has");
      return { queueMappings: [readQueueMapping(properties, about)] };
    }
    refuseFields(context, queueOnlyFields, "only a queue has");
    if (properties.DestinationConfig?.OnFailure?.Type !== undefined) {
      problems.report(
        at("DestinationConfig", "OnFailure", "Type"),
        "Type is for SAM's events only; take it out, the ARN says what it is",
      );
    }
    return { streamMappings: [readStreamMapping(properties, { ...about, ...stream })] };
  },
});

/** CloudFormation knows one list of properties for all sources, and Lambda refuses those of another source. */
function refuseFields(
  context: ResourceContext,
  fields: Readonly<Record<string, unknown>>,
  why: string,
): void {
  const written = context.properties.kind === "map" ? context.properties.entries : undefined;
  for (const name of Object.keys(fields)) {
    if (!written?.has(name)) continue;
    context.problems.report(context.at(name), `${name} is what ${why}, and this source is none; take it out`);
  }
}
