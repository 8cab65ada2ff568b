import type { Parts } from "../resources/kind.ts";

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
