import type { AwsTransport } from "../aws/transport.ts";
import type { Call } from "../core/call.ts";

/** An object that a bucket lists. */
export interface ListedObject {
  readonly key: string;
  readonly bytes: number;
  readonly modifiedMs: number;
}

/** The objects whose keys begin so, page by page as they are asked for, in the order of their keys. */
export async function* listed(
  transport: AwsTransport,
  bucket: string,
  before: string,
  call: Call,
): AsyncGenerator<ListedObject, void, undefined> {
  let from: unknown;
  do {
    const input = { Bucket: bucket, Prefix: before, ContinuationToken: from };
    const { Contents, NextContinuationToken } = await transport.call("ListObjectsV2", input, call);
    const found: readonly {
      readonly Key?: unknown;
      readonly Size?: unknown;
      readonly LastModified?: unknown;
    }[] = Array.isArray(Contents) ? Contents : [];
    for (const { Key, Size, LastModified } of found) {
      yield { key: String(Key), bytes: Number(Size), modifiedMs: Number(LastModified) };
    }
    from = NextContinuationToken;
  } while (from !== undefined);
}
