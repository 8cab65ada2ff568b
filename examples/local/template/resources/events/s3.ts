import { object, optional, required } from "../../object-shape.ts";
import { oneOrMore, text } from "../../shapes.ts";
import { keyFilter, readKeyFilter } from "../bucket-notifications.ts";
import type { Parts } from "../parts.ts";
import { eventType } from "./event-type.ts";

type BucketEvent = Parts["bucketEvents"][number];

/** Source: SAM Developer Guide, 'S3': notifications of a bucket, and S3's permission to invoke the function. */
export const s3 = eventType({
  type: "S3",
  properties: object(
    {
      Bucket: required(text()),
      Events: required(oneOrMore(text())),
      Filter: optional(keyFilter),
    },
    { name: "an S3 event" },
  ),
  parts(event, { logicalId, ownerArn, stack, problems, at }) {
    const keys = readKeyFilter(event.Filter, problems, at("Filter"));
    // SAM names the account and no bucket, which would be a circle.
    const permission = {
      logicalId: `${logicalId}Permission`,
      functionArn: ownerArn,
      principal: "s3.amazonaws.com",
      sourceArn: undefined,
      sourceAccount: stack.accountId,
    };
    const bucketEvent: BucketEvent = {
      permissionId: permission.logicalId,
      functionArn: ownerArn,
      bucketName: event.Bucket,
      bucketPlace: at("Bucket"),
      // SAM writes one configuration for each of the event's types.
      notifications: event.Events.map((type, index) => ({
        id: `${logicalId}-${index + 1}`,
        destination: "CloudFunction",
        arn: ownerArn,
        events: [type],
        ...keys,
        place: at("Events"),
      })),
    };
    return { bucketEvents: [bucketEvent], permissions: [permission] };
  },
});
