/**
 * Functions' S3 events.
 *
 * Source: SAM Developer Guide, 'S3' event source: the bucket must be one of the same template.
 */
import type { Parts } from "../resources/parts.ts";
import type { CheckedTemplate } from "./checked-template.ts";

/** The buckets with the notifications that functions' events add, as SAM writes them in. */
export function attachBucketEvents(parts: Parts): Parts {
  const buckets = parts.buckets.map((bucket) => {
    const own = parts.bucketEvents.filter(({ bucketName }) => bucketName === bucket.name);
    return {
      ...bucket,
      notifications: [...bucket.notifications, ...own.flatMap(({ notifications }) => notifications)],
    };
  });
  return { ...parts, buckets };
}

/** SAM changes the bucket's own declaration, so it must be told which one that is. */
export function checkBucketEvents({ parts, problems, typeOf, written }: CheckedTemplate): void {
  for (const { bucketName, bucketPlace } of parts.bucketEvents) {
    const bucket = parts.buckets.find(({ name }) => name === bucketName);
    // One that is declared and could not be read is a problem of its own.
    if (bucket === undefined && typeOf(bucketName) === "AWS::S3::Bucket") continue;
    const referred = written.some(
      ({ to, place }) =>
        to === bucket?.logicalId && place.line === bucketPlace.line && place.path === bucketPlace.path,
    );
    if (referred) continue;
    problems.report(
      bucketPlace,
      bucket === undefined
        ? `${bucketName} is no AWS::S3::Bucket of this template, and SAM can add an event to no other; declare it here`
        : `SAM adds the event to a bucket that is referred to by its logical id; write Bucket: !Ref ${bucket.logicalId}`,
    );
  }
}
