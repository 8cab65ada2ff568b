import type { CloudClock } from "../services.ts";
import type { Agenda } from "./agenda.ts";
import type { BodyFiles } from "./bodies/body-files.ts";
import type { Notifier } from "./notifications/notifier.ts";
import type { S3Request } from "./request.ts";
import type { S3Response } from "./response.ts";
import { S3Error } from "./s3-error.ts";
import type { Bucket } from "./state.ts";

/** What every operation works on. */
export interface S3Context {
  readonly buckets: Map<string, Bucket>;
  readonly files: BodyFiles;
  readonly clock: CloudClock;
  readonly agenda: Agenda;
  readonly notifier: Notifier;
  readonly region: string;
  readonly accountId: string;
  /** The account as owners and initiators are named. */
  readonly ownerId: string;
}

export type Handler = (context: S3Context, request: S3Request) => Promise<S3Response> | S3Response;

/** @throws S3Error NoSuchBucket. */
export function bucketOf(context: S3Context, name: string): Bucket {
  const bucket = context.buckets.get(name);
  if (bucket !== undefined) return bucket;
  throw noSuchBucket(name);
}

export const noSuchBucket = (name: string): S3Error =>
  new S3Error("NoSuchBucket", "The specified bucket does not exist", { fields: { BucketName: name } });
