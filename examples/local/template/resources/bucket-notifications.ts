/**
 * Whom a bucket tells of its objects, as CloudFormation writes it.
 *
 * Source: CloudFormation 'AWS::S3::Bucket NotificationConfiguration'.
 */
import { object, optional, required } from "../object-shape.ts";
import type { Problems } from "../problems.ts";
import { flag, list, oneOf, type Read, text } from "../shapes.ts";
import type { Bucket, Place } from "../stack.ts";

type Notification = Bucket["notifications"][number];

/** Which keys a notification is about, by how they begin and end. */
export const keyFilter = object({
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

const common = { Event: required(text()), Filter: optional(keyFilter) };

export const notificationConfiguration = object({
  LambdaConfigurations: optional(list(object({ Function: required(text()), ...common }))),
  QueueConfigurations: optional(list(object({ Queue: required(text()), ...common }))),
  TopicConfigurations: optional(list(object({ Topic: required(text()), ...common }))),
  EventBridgeConfiguration: optional(object({ EventBridgeEnabled: required(flag()) })),
});

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
    written: readonly { arn: string; Event: string; Filter: Read<typeof keyFilter> | undefined }[],
  ): readonly Notification[] =>
    written.map(({ arn, Event, Filter }, index) => {
      const place = at(property, index);
      const keys = readKeyFilter(Filter, problems, at(property, index, "Filter"));
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

export function readKeyFilter(
  read: Read<typeof keyFilter> | undefined,
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
