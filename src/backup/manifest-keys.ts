import type { AwsTransport } from "../aws/transport.ts";
import type { Call } from "../core/call.ts";
import { manifestsOf } from "./keys-in-bucket.ts";
import { listed } from "./listed.ts";

export interface ManifestKeysOptions {
  readonly transport: AwsTransport;
  readonly bucket: string;
  readonly prefix: string;
  /** Of this source alone. */
  readonly name: string | undefined;
}

/** Where manifests are: all, or those of one source, in the order of their keys. */
export async function* manifestKeys(
  { transport, bucket, prefix, name }: ManifestKeysOptions,
  call: Call,
): AsyncGenerator<string, void, undefined> {
  const before = name === undefined ? `${prefix}manifests/` : manifestsOf(prefix, name);
  for await (const { key } of listed(transport, bucket, before, call)) {
    // Behind "logs/" are also the manifests of the source "logs/a". A version has no slash.
    if (name === undefined || !key.slice(before.length).includes("/")) yield key;
  }
}
