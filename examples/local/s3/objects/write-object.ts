import type { ReceivedBody } from "../bodies/receive-body.ts";
import type { S3Context } from "../context.ts";
import type { EventName } from "../notifications/notification-rules.ts";
import type { S3Request } from "../request.ts";
import type { Bucket, ObjectAttributes, ObjectVersion } from "../state.ts";
import { checkBucketStands, commitObject, conditionally, eTagFor } from "./commit.ts";
import { readWriteCondition } from "./conditions.ts";
import { newVersionId } from "./versions.ts";

/**
 * Makes an object of one body, put or copied, under the request's condition. A body that came in vain is dropped.
 *
 * @throws S3Error NoSuchBucket when the bucket went meanwhile; PreconditionFailed and its like.
 */
export function writeObject(
  context: S3Context,
  request: S3Request,
  of: {
    readonly bucket: Bucket;
    readonly attributes: ObjectAttributes;
    readonly eventName: EventName;
    readonly receive: () => Promise<ReceivedBody>;
  },
): Promise<ObjectVersion> {
  const { bucket, attributes, eventName, receive } = of;
  return conditionally(bucket, request.key, readWriteCondition(request.headers), async (check) => {
    const body = await receive();
    try {
      checkBucketStands(context, bucket);
      check();
    } catch (error) {
      await context.files.drop([body.segment]);
      throw error;
    }
    const made: ObjectVersion = {
      ...attributes,
      type: "object",
      key: request.key,
      versionId: newVersionId(bucket),
      lastModifiedMs: context.clock.now(),
      size: body.size,
      eTag: eTagFor(attributes.encryption, body.md5Hex, body.segment.file),
      segments: [body.segment],
      checksum: { ...body.checksum, type: "FULL_OBJECT" },
    };
    await commitObject(context, request, bucket, made, eventName);
    return made;
  });
}
