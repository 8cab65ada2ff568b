/**
 * What S3 would refuse of a bucket's notifications when CloudFormation makes the bucket: S3 sees for itself whether
 * each destination lets it in.
 *
 * Source: S3 User Guide, 'Amazon S3 Event Notifications' and 'Granting permissions to publish event notification
 * messages to a destination'; CloudFormation 'AWS::S3::Bucket NotificationConfiguration'.
 */
import { eventSupport, overlap } from "../../s3/notifications/notification-rules.ts";
import { waitsFor } from "../circular-references.ts";
import { allows, matches } from "../resources/policy-document.ts";
import type { Bucket } from "../stack.ts";
import { checkKeyAccess } from "./access.ts";
import { type CheckedTemplate, checkArn } from "./checked-template.ts";

type Notification = Bucket["notifications"][number];

const service = "s3.amazonaws.com";

const destinations = {
  CloudFunction: {
    types: { "AWS::Serverless::Function": "a function" },
    letIn: "an AWS::Lambda::Permission",
  },
  Queue: { types: { "AWS::SQS::Queue": "a queue" }, letIn: "an AWS::SQS::QueuePolicy" },
  Topic: { types: { "AWS::SNS::Topic": "a topic" }, letIn: "an AWS::SNS::TopicPolicy" },
} as const;

export function checkNotifications(template: CheckedTemplate): void {
  for (const bucket of template.parts.buckets) {
    for (const [index, notification] of bucket.notifications.entries()) {
      checkEvents(template, notification);
      const earlier = bucket.notifications.slice(0, index).find((other) => overlap(notification, other));
      if (earlier !== undefined) {
        template.problems.report(
          notification.place,
          `this overlaps with ${earlier.place.path} (line ${earlier.place.line}): one event would have two ` +
            "destinations, which S3 refuses; name other events, or part the keys by prefix or suffix",
        );
      }
      checkDestination(template, bucket, notification);
    }
  }
}

function checkEvents({ problems }: CheckedTemplate, { events, place }: Notification): void {
  for (const event of events) {
    const support = eventSupport(event);
    if (support === "served") continue;
    problems.report(
      place,
      support === "elsewhere"
        ? `${event} never happens in this cloud; take it out`
        : `"${event}" is no event of S3; write s3:ObjectCreated:*, s3:ObjectRemoved:*, or one of their kind`,
    );
  }
}

function checkDestination(
  template: CheckedTemplate,
  bucket: Bucket,
  { destination, arn, place }: Notification,
): void {
  const { problems, waits } = template;
  const { types, letIn } = destinations[destination];
  if (!checkArn(template, arn, types, place)) return;
  if (arn.endsWith(".fifo")) {
    problems.report(
      place,
      "S3 tells standard queues and topics only, and this one is FIFO; use a standard one",
    );
    return;
  }
  const lettingIn = grants(template, bucket, destination, arn);
  if (lettingIn === undefined) return;
  if (lettingIn.length === 0) {
    problems.report(
      place,
      `${service} is not let in here on behalf of ${bucket.logicalId}, so S3 would refuse the notification; add ` +
        `${letIn} for it, with the bucket's ARN or the account as its source`,
    );
  } else if (!lettingIn.some((id) => waitsFor(waits, bucket.logicalId, id))) {
    problems.report(
      place,
      `S3 looks whether it is let in when the bucket is made, and ${bucket.logicalId} does not wait for ` +
        `${lettingIn.join(" or ")}; add it to the bucket's DependsOn, and in it write the bucket's name or the account ` +
        "where it refers to the bucket",
    );
  }
  const { logicalId, arn: sourceArn } = bucket;
  const sender = { service, serviceName: "S3", logicalId, arn: sourceArn, what: "the notification" };
  checkKeyAccess(template, sender, arn);
}

/** Logical ids of what lets the bucket in; undefined for a queue that could not be read. */
function grants(
  { parts, stack }: CheckedTemplate,
  bucket: Bucket,
  destination: Notification["destination"],
  arn: string,
): readonly string[] | undefined {
  const asked = { service, resourceArn: arn, sourceArn: bucket.arn, accountId: stack.accountId };
  switch (destination) {
    case "CloudFunction":
      return parts.permissions
        .filter(
          ({ functionArn, principal, sourceArn = "*", sourceAccount = stack.accountId }) =>
            functionArn === arn &&
            principal === service &&
            matches(sourceArn, bucket.arn) &&
            sourceAccount === stack.accountId,
        )
        .flatMap(({ logicalId = [] }) => logicalId);
    case "Queue": {
      const queue = parts.queues.find((one) => one.arn === arn);
      if (queue === undefined) return undefined;
      return parts.queuePolicies
        .filter(
          ({ queueUrls, document }) =>
            queueUrls.includes(queue.url) && allows(document, { ...asked, action: "sqs:SendMessage" }),
        )
        .map(({ logicalId }) => logicalId);
    }
    case "Topic":
      return parts.topicPolicies
        .filter(
          ({ topicArns, document }) =>
            topicArns.includes(arn) && allows(document, { ...asked, action: "sns:Publish" }),
        )
        .map(({ logicalId }) => logicalId);
  }
}
