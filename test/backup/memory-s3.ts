import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import type { AwsTransport } from "holdfast/aws/s3";

type Input = Readonly<Record<string, never>>;
type Answer = Record<string, unknown>;

/** An S3 in memory, for thousands of runs: what backups ask of one, strictly, and for a bucket without versions. */
export interface MemoryS3 extends AwsTransport {
  /** Of all buckets, by `bucket/key`. */
  readonly objects: Map<string, { readonly bytes: Buffer; readonly modifiedMs: number }>;
  readonly uploads: Map<string, { readonly key: string; readonly parts: Map<number, Buffer> }>;
}

export function s3Error(name: string, httpStatusCode: number): Error {
  const $fault = httpStatusCode < 500 ? "client" : "server";
  return Object.assign(new Error(name), { name, $fault, $metadata: { httpStatusCode } });
}

export function memoryS3(now: () => number = () => 0): MemoryS3 {
  const objects: MemoryS3["objects"] = new Map();
  const uploads: MemoryS3["uploads"] = new Map();
  let created = 0;

  const at = ({ Bucket, Key }: Input): string => `${Bucket}/${Key}`;
  function found(input: Input): Buffer {
    const bytes = objects.get(at(input))?.bytes;
    if (bytes === undefined) throw s3Error("NoSuchKey", 404);
    return bytes;
  }
  function upload(input: Input) {
    const one = uploads.get(input["UploadId"] ?? "");
    if (one?.key !== at(input)) throw s3Error("NoSuchUpload", 404);
    return one;
  }
  function put(input: Input, bytes: Buffer): Answer {
    if (input["IfNoneMatch"] === "*" && objects.has(at(input))) throw s3Error("PreconditionFailed", 412);
    if (input["ChecksumCRC32"] !== undefined && input["ChecksumCRC32"] !== crcOf(bytes))
      throw s3Error("BadDigest", 400);
    objects.set(at(input), { bytes, modifiedMs: now() });
    return {};
  }

  const operations: Readonly<Record<string, (input: Input) => Answer>> = {
    PutObject: (input) => put(input, Buffer.from(input["Body"] ?? "")),
    GetObject(input) {
      const bytes = found(input);
      const { IfMatch = etagOf(bytes), Range = "" } = input as { IfMatch?: string; Range?: string };
      if (IfMatch !== etagOf(bytes)) throw s3Error("PreconditionFailed", 412);
      const rest = bytes.subarray(Number(/\d+/.exec(Range)?.[0] ?? 0));
      return { Body: body(rest), ContentLength: rest.length, ETag: etagOf(bytes) };
    },
    HeadObject(input) {
      // The answer to HEAD has no body that could say more.
      if (!objects.has(at(input))) throw s3Error("NotFound", 404);
      const bytes = found(input);
      return { ContentLength: bytes.length, ChecksumCRC32: crcOf(bytes), ETag: etagOf(bytes) };
    },
    DeleteObject(input) {
      objects.delete(at(input));
      return {};
    },
    ListObjectsV2({ Bucket, Prefix }) {
      const before = `${Bucket}/${Prefix}`;
      const keys = [...objects.keys()].filter((key) => key.startsWith(before)).sort();
      return {
        Contents: keys.map((key) => ({
          Key: key.slice(`${Bucket}/`.length),
          Size: objects.get(key)?.bytes.length,
          LastModified: new Date(objects.get(key)?.modifiedMs ?? 0),
        })),
      };
    },
    CreateMultipartUpload(input) {
      created += 1;
      uploads.set(`upload-${created}`, { key: at(input), parts: new Map() });
      return { UploadId: `upload-${created}` };
    },
    UploadPart(input) {
      upload(input).parts.set(input["PartNumber"] ?? 0, Buffer.from(input["Body"] ?? ""));
      return { ETag: etagOf(Buffer.from(input["Body"] ?? "")) };
    },
    CompleteMultipartUpload(input) {
      const { parts } = upload(input);
      const { Parts } = input["MultipartUpload"] as unknown as { Parts: { PartNumber: number }[] };
      const answer = put(
        input,
        Buffer.concat(Parts.map(({ PartNumber }) => parts.get(PartNumber) as Buffer)),
      );
      uploads.delete(input["UploadId"] ?? "");
      return answer;
    },
    AbortMultipartUpload(input) {
      upload(input);
      uploads.delete(input["UploadId"] ?? "");
      return {};
    },
    ListParts: (input) => ({ Parts: [...upload(input).parts.keys()] }),
    ListMultipartUploads({ Bucket, Prefix = "" }) {
      const open = [...uploads].filter(([, { key }]) => key.startsWith(`${Bucket}/${Prefix}`));
      return {
        Uploads: open.map(([UploadId, { key }]) => ({ UploadId, Key: key.slice(`${Bucket}/`.length) })),
      };
    },
  };

  return {
    objects,
    uploads,
    async call(operation, input, { signal }) {
      signal.throwIfAborted();
      const run = operations[operation];
      if (run === undefined) throw new Error(`no ${operation}`);
      return run(input as Input);
    },
  };
}

function body(bytes: Buffer) {
  async function* pieces(): AsyncGenerator<Buffer> {
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
  }
  return Object.assign(pieces(), { transformToByteArray: async () => Uint8Array.from(bytes) });
}

function etagOf(bytes: Uint8Array): string {
  return `"${createHash("md5").update(bytes).digest("hex")}"`;
}

function crcOf(bytes: Uint8Array): string {
  const text = Buffer.alloc(4);
  text.writeUInt32BE(crc32(bytes));
  return text.toString("base64");
}
