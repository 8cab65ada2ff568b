import { invalidArgument, notImplemented } from "../s3-error.ts";

/** Events that happen here, by their names without `s3:`. */
const EVENT_NAMES = [
  "ObjectCreated:Put",
  "ObjectCreated:Copy",
  "ObjectCreated:CompleteMultipartUpload",
  "ObjectRemoved:Delete",
  "ObjectRemoved:DeleteMarkerCreated",
  "ObjectRestore:Post",
  "ObjectRestore:Completed",
  "ObjectRestore:Delete",
] as const;
export type EventName = (typeof EVENT_NAMES)[number];

/** What a configuration may name; form uploads are accepted, though none come in here. */
const CONFIGURABLE: readonly string[] = [
  "ObjectCreated:*",
  "ObjectRemoved:*",
  "ObjectRestore:*",
  "ObjectCreated:Post",
  ...EVENT_NAMES,
];

const ELSEWHERE =
  /^(?:ReducedRedundancyLostObject|Replication|LifecycleExpiration|LifecycleTransition|IntelligentTiering|ObjectTagging|ObjectAcl|ObjectAnnotation)\b/;

/** Who can be told, by the element that names its ARN. */
export const DESTINATIONS = {
  Queue: { element: "QueueConfiguration", service: "sqs" },
  Topic: { element: "TopicConfiguration", service: "sns" },
  CloudFunction: { element: "CloudFunctionConfiguration", service: "lambda" },
} as const;

export interface NotificationTarget {
  readonly id: string;
  readonly destination: keyof typeof DESTINATIONS;
  readonly arn: string;
  /** `s3:ObjectCreated:*`, `s3:ObjectRemoved:Delete`, … */
  readonly events: readonly string[];
  readonly prefix: string;
  readonly suffix: string;
}

export interface NotificationConfiguration {
  readonly targets: readonly NotificationTarget[];
  readonly eventBridge: boolean;
}

/** The targets that are told of an event of a key (the key itself, not URL-encoded). */
export function matchingTargets(
  configuration: NotificationConfiguration,
  eventName: EventName,
  key: string,
): readonly NotificationTarget[] {
  return configuration.targets.filter(
    (target) =>
      target.events.some((event) => covers(event, `s3:${eventName}`)) &&
      key.startsWith(target.prefix) &&
      key.endsWith(target.suffix),
  );
}

/** @throws S3Error as S3 does when a configuration is put. */
export function checkedConfiguration(configuration: NotificationConfiguration): NotificationConfiguration {
  const { targets } = configuration;
  for (const target of targets) checkTarget(target);
  targets.forEach((target, index) => {
    const clash = targets.slice(index + 1).find((other) => overlap(target, other));
    if (clash !== undefined) {
      throw invalidArgument(
        clash.id,
        clash.arn,
        "Configurations overlap. Configurations on the same bucket cannot share a common event type.",
      );
    }
  });
  return configuration;
}

function checkTarget({ destination, arn, events }: NotificationTarget): void {
  const { service } = DESTINATIONS[destination];
  if (!new RegExp(`^arn:aws[\\w-]*:${service}:[\\w-]+:\\d{12}:.+$`).test(arn)) {
    throw invalidArgument(destination, arn, "The ARN is not well formed");
  }
  if (arn.endsWith(".fifo")) {
    throw invalidArgument(destination, arn, "FIFO queues and topics are not supported.");
  }
  for (const event of events) {
    const support = eventSupport(event);
    if (support === "elsewhere") throw notImplemented(`event ${event}`);
    if (support === "unknown") {
      throw invalidArgument("Event", event, "The event is not supported for notifications");
    }
  }
}

/** Whether an event may be named in a configuration; `elsewhere` ones are S3's too and never happen here. */
export function eventSupport(event: string): "served" | "elsewhere" | "unknown" {
  const [service, name = ""] = event.split(/:(.*)/s);
  if (service !== "s3") return "unknown";
  if (CONFIGURABLE.includes(name)) return "served";
  return ELSEWHERE.test(name) ? "elsewhere" : "unknown";
}

/** Whether two configurations could both be told of one event. */
export function overlap(a: NotificationTarget, b: NotificationTarget): boolean {
  return (
    a.events.some((left) => b.events.some((right) => covers(left, right) || covers(right, left))) &&
    (a.prefix.startsWith(b.prefix) || b.prefix.startsWith(a.prefix)) &&
    (a.suffix.endsWith(b.suffix) || b.suffix.endsWith(a.suffix))
  );
}

const covers = (pattern: string, event: string): boolean =>
  pattern === event || (pattern.endsWith(":*") && event.startsWith(pattern.slice(0, -1)));
