import { type Call, deriveCall, scopeOf } from "../../core/call.ts";
import { HoldfastError } from "../../core/errors.ts";
import { settledAs, type UploadedObject, writtenAs } from "./look-at-object.ts";
import { crcText, MOST_PARTS, type Part } from "./part.ts";
import type { UploadOptions, UploadProgress } from "./upload-object.ts";

/** Creates an upload, sends its parts beside each other, and completes it. What fails ends all requests, and leaves the upload to be taken back. */
export async function sendParts(
  begun: readonly [Part, Part],
  rest: AsyncIterable<Part>,
  options: UploadOptions,
  progress: UploadProgress,
  call: Call,
): Promise<UploadedObject> {
  const { transport, bucket, key, settings, concurrency } = options;
  const { underWay } = progress;
  const place = { Bucket: bucket, Key: key };
  const create = { ...settings, ...place, ChecksumAlgorithm: "CRC32", ChecksumType: "FULL_OBJECT" };
  progress.isCreated = true;
  const { UploadId } = await transport.call("CreateMultipartUpload", create, call);
  progress.uploadId = UploadId;
  const upload = { ...place, UploadId };
  const together = deriveCall(call);
  const scope = scopeOf(together);
  const sent: { readonly PartNumber: number; readonly ETag: unknown; readonly ChecksumCRC32: string }[] = [];
  let last: Part = begun[1];

  async function send({ number, body, crc32 }: Part): Promise<void> {
    const ChecksumCRC32 = crcText(crc32);
    const input = { ...upload, PartNumber: number, Body: body, ChecksumCRC32 };
    const { ETag } = await transport.call("UploadPart", input, together);
    sent.push({ PartNumber: number, ETag, ChecksumCRC32 });
  }

  /** Resolves when there is room for another. */
  async function begin(part: Part): Promise<void> {
    if (part.number > MOST_PARTS) throw tooLong(options);
    last = part;
    const sending = send(part).finally(() => underWay.delete(sending));
    // One that fails while the source is being read must end the others then, and be no unhandled rejection.
    sending.catch((error: unknown) => scope.abort(error));
    underWay.add(sending);
    if (underWay.size >= concurrency) await Promise.race(underWay);
    const failed = scope.refusal();
    if (failed !== undefined) throw failed;
  }

  try {
    for (const part of begun) await begin(part);
    for await (const part of rest) await begin(part);
    await Promise.all(underWay);
    const failed = scope.refusal();
    if (failed !== undefined) throw failed;
    const written = writtenAs(options, last);
    const complete = {
      ...upload,
      MultipartUpload: { Parts: sent.toSorted((a, b) => a.PartNumber - b.PartNumber) },
      ChecksumType: "FULL_OBJECT",
      ChecksumCRC32: written.crc32,
      MpuObjectSize: written.bytes,
      IfNoneMatch: "*",
    };
    return await settledAs(written, transport, call, () =>
      transport.call("CompleteMultipartUpload", complete, call),
    );
  } catch (error) {
    scope.abort(error);
    throw error;
  } finally {
    scope.end();
  }
}

function tooLong({ partBytes }: UploadOptions): HoldfastError {
  return new HoldfastError(
    "UPLOAD_TOO_LONG",
    `The stream is longer than ${MOST_PARTS} parts of ${partBytes} bytes, which is the most that one object can have. ` +
      "Give a larger partBytes, or write segments.",
  );
}
