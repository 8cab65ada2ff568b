/**
 * Whom a bucket tells of its objects, as CloudFormation and SAM write it.
 *
 * Source: CloudFormation 'AWS::S3::Bucket NotificationConfiguration'; SAM Developer Guide, 'S3' event source.
 */
import { object, optional, required } from "../object-shape.ts";
import type { Problems } from "../problems.ts";
import { flag, list, oneOf, oneOrMore, type Read, text } from "../shapes.ts";
import type { Bucket, Place } from "../stack.ts";

type Notification = Bucket["notifications"][number];

const filter = object({
  S3Key: required(
    object({
      Rules: required(
        list(
          object({ Name: required(oneOf("prefix", "suffix", "Prefix", "Suffix")), Value: required(text()) }),
          { least: 1, most: 2 },
        ),
      ),
    }),
  ),
});

const common = { Event: required(text()), Filter: optional(filter) };

export const notificationConfiguration = object({
  LambdaConfigurations: optional(list(object({ Function: required(text()), ...common }))),
  QueueConfigurations: optional(list(object({ Queue: required(text()), ...common }))),
  TopicConfigurations: optional(list(object({ Topic: required(text()), ...common }))),
  EventBridgeConfiguration: optional(object({ EventBridgeEnabled: required(flag()) })),
});

/** SAM's event of a function. */
export const bucketEvent = object(
  {
    Bucket: required(text()),
    Events: required(oneOrMore(text())),
    Filter: optional(filter),
  },
  { name: "an S3 event" },
);

interface About {
  readonly problems: Problems;
  readonly at: (...path: readonly (string | number)[]) => Place;
}

/** Ids are made by S3 on AWS; here they name the place, so that two runs have the same. */
export function readNotifications(
  read: Read<typeof notificationConfiguration>,
  { problems, at }: About,
): readonly Notification[] {
  const of = (
    property: string,
    destination: Notification["destination"],
    written: readonly { arn: string; Event: string; Filter: Read<typeof filter> | undefined }[],
  ): readonly Notification[] =>
    written.map(({ arn, Event, Filter }, index) => {
      const place = at(property, index);
      const keys = readFilter(Filter, problems, at(property, index, "Filter"));
      return { id: `${property}-${index + 1}`, destination, arn, events: [Event], ...keys, place };
    });
  return [
    ...of(
      "LambdaConfigurations",
      "CloudFunction",
      (read.LambdaConfigurations ?? []).map((one) => ({ ...one, arn: one.Function })),
    ),
    ...of(
      "QueueConfigurations",
      "Queue",
      (read.QueueConfigurations ?? []).map((one) => ({ ...one, arn: one.Queue })),
    ),
    ...of(
      "TopicConfigurations",
      "Topic",
      (read.TopicConfigurations ?? []).map((one) => ({ ...one, arn: one.Topic })),
    ),
  ];
}

/** SAM writes one configuration for each of the event's types. */
export function readBucketEvent(
  event: Read<typeof bucketEvent>,
  {
    logicalId,
    functionArn,
    problems,
    at,
  }: About & { readonly logicalId: string; readonly functionArn: string },
): readonly Notification[] {
  const keys = readFilter(event.Filter, problems, at("Filter"));
  return event.Events.map((type, index) => ({
    id: `${logicalId}-${index + 1}`,
    destination: "CloudFunction",
    arn: functionArn,
    events: [type],
    ...keys,
    place: at("Events"),
  }));
}

function readFilter(
  read: Read<typeof filter> | undefined,
  problems: Problems,
  place: Place,
): { readonly prefix: string; readonly suffix: string } {
  const of = (name: "prefix" | "suffix"): string => {
    const values = (read?.S3Key.Rules ?? []).filter((rule) => rule.Name.toLowerCase() === name);
    if (values.length > 1) problems.report(place, `a filter has one ${name} at most; take the others out`);
    return values[0]?.Value ?? "";
  };
  return { prefix: of("prefix"), suffix: of("suffix") };
}
