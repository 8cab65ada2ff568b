import { type BatchSource, recordsMember } from "../source.ts";
import type { S3Record } from "./s3-event.ts";

/** Source: Amazon S3 User Guide, "Event message structure". */
export const s3: BatchSource<S3Record> = {
  name: "s3",
  expected:
    "an event of an S3 notification, { Records: [{ eventName, s3: { bucket, object: { key, … } }, … }] }",
  origins: ["aws:s3"],
  stopsAt: "none",
  records: recordsMember,
  // A notification has no id of its own. Writes of one key are told apart by their sequencer, which deletions have as well.
  identifier({ eventName, s3: told }) {
    const { bucket, object } = told ?? {};
    if (typeof bucket?.name !== "string" || typeof object?.key !== "string") return undefined;
    return [eventName, `${bucket.name}/${object.key}`, object.versionId, object.sequencer]
      .filter((part) => typeof part === "string")
      .join(" ");
  },
  body: (record) => JSON.stringify(record.s3),
};
