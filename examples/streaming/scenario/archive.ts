import { GetObjectCommand, ListObjectsV2Command, type S3Client } from "@aws-sdk/client-s3";
import type { Archived } from "./check-payments.ts";

/** Everything in the bucket. */
export async function readArchive(s3: S3Client, Bucket: string): Promise<Archived> {
  const archived = new Map<string, string>();
  let ContinuationToken: string | undefined;
  do {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, ContinuationToken }));
    for (const { Key = "" } of page.Contents ?? []) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      archived.set(Key, (await Body?.transformToString()) ?? "");
    }
    ContinuationToken = page.NextContinuationToken;
  } while (ContinuationToken !== undefined);
  return archived;
}
