import { checkBucketStands, commitObject, conditionally, eTagFor } from "../commit.ts";
import { readWriteCondition } from "../conditions.ts";
import { bucketOf, type Handler } from "../context.ts";
import { checksumHeaders, encryptionHeaders, readAttributes, versionHeaders } from "../object-headers.ts";
import { receiveBody } from "../receive-body.ts";
import type { ObjectVersion } from "../state.ts";
import { newVersionId } from "../versions.ts";

export const putObject: Handler = async (context, request) => {
  const bucket = bucketOf(context, request.bucket);
  const attributes = readAttributes(request.headers, context);
  const condition = readWriteCondition(request.headers);
  const object = await conditionally(bucket, request.key, condition, async (check) => {
    const body = await receiveBody(context, request);
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
    await commitObject(context, request, bucket, made, "ObjectCreated:Put");
    return made;
  });
  return {
    status: 200,
    headers: {
      etag: `"${object.eTag}"`,
      "content-length": 0,
      ...checksumHeaders(object.checksum),
      ...encryptionHeaders(object.encryption),
      ...versionHeaders(bucket, object.versionId),
    },
  };
};
