import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import { commandTransport } from "./command-transport.ts";
import type { AwsTransport } from "./transport.ts";

export type { AwsTransport } from "./transport.ts";

/**
 * What object stores and backups need of S3, done by an AWS SDK v3 client.
 *
 * @example
 * ```ts
 * const objectStore = s3ObjectStore({ transport: s3Transport(new S3Client({})), bucket: "orders-results" });
 * ```
 */
export function s3Transport(client: S3Client): AwsTransport {
  return commandTransport("s3Transport", client, {
    PutObject: PutObjectCommand,
    GetObject: GetObjectCommand,
    HeadObject: HeadObjectCommand,
    DeleteObject: DeleteObjectCommand,
    ListObjectsV2: ListObjectsV2Command,
    CreateMultipartUpload: CreateMultipartUploadCommand,
    UploadPart: UploadPartCommand,
    CompleteMultipartUpload: CompleteMultipartUploadCommand,
    AbortMultipartUpload: AbortMultipartUploadCommand,
    ListParts: ListPartsCommand,
    ListMultipartUploads: ListMultipartUploadsCommand,
  });
}
