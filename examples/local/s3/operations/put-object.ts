import { receiveBody } from "../bodies/receive-body.ts";
import { bucketOf, type Handler } from "../context.ts";
import {
  checksumHeaders,
  encryptionHeaders,
  readAttributes,
  versionHeaders,
} from "../objects/object-headers.ts";
import { writeObject } from "../objects/write-object.ts";

export const putObject: Handler = async (context, request) => {
  const bucket = bucketOf(context, request.bucket);
  const object = await writeObject(context, request, {
    bucket,
    attributes: readAttributes(request.headers, context),
    eventName: "ObjectCreated:Put",
    receive: () => receiveBody(context, request),
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
