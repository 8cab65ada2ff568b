import type { ChecksumAlgorithm } from "../checksums/checksums.ts";
import type { S3Context } from "../context.ts";
import type { S3Request } from "../request.ts";
import { S3Error } from "../s3-error.ts";
import type { Segment } from "./body-files.ts";
import { type PayloadClaims, readPayloadClaims } from "./payload-claims.ts";
import { type PayloadDigests, receivePayload } from "./receive-payload.ts";

/** AWS page 'Amazon S3 multipart upload limits': one PUT, one part. */
export const MAX_PUT_BYTES = 5 * 1024 ** 3;

/** Room for the longest list of parts or keys, with everything escaped. */
const MAX_XML_BYTES = 16 * 1024 ** 2;

export interface ReceivedBody extends PayloadDigests {
  readonly segment: Segment;
}

/** Streams a body into a file and verifies it; nothing is left of a body that fails. @throws S3Error. */
export async function receiveBody(
  context: S3Context,
  request: S3Request,
  keep?: ChecksumAlgorithm,
): Promise<ReceivedBody> {
  const claims = readPayloadClaims(request.headers);
  if (claims.length === undefined) {
    throw new S3Error("MissingContentLength", "You must provide the Content-Length HTTP header.");
  }
  return storeBody(context, request.body, claims, keep);
}

/** Streams bytes of our own, a copy's, into a file. */
export const storeBody = async (
  context: S3Context,
  body: AsyncIterable<Uint8Array>,
  claims: PayloadClaims,
  keep?: ChecksumAlgorithm,
): Promise<ReceivedBody> => {
  const { file, filled } = await context.files.write((sink) =>
    receivePayload(body, claims, { ...(keep === undefined ? {} : { keep }), maxBytes: MAX_PUT_BYTES, sink }),
  );
  return { ...filled, segment: { file, size: filled.size } };
};

/**
 * Reads an XML body and verifies it.
 *
 * @throws S3Error InvalidRequest when it must carry a checksum and does not.
 */
export async function receiveXml(
  request: S3Request,
  options: { readonly checksumRequired?: boolean; readonly headers?: ReadonlyMap<string, string> } = {},
): Promise<string> {
  const claims = readPayloadClaims(options.headers ?? request.headers);
  if (options.checksumRequired === true && claims.checksum === undefined && claims.md5 === undefined) {
    throw new S3Error(
      "InvalidRequest",
      "Missing required header for this request: Content-MD5 OR x-amz-checksum-*",
    );
  }
  const pieces: Uint8Array[] = [];
  await receivePayload(request.body, claims, {
    maxBytes: MAX_XML_BYTES,
    sink: (bytes) => {
      pieces.push(bytes);
    },
  });
  return Buffer.concat(pieces).toString("utf8");
}
