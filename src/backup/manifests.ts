import { awsSaysRetryable, awsStatusOf } from "../aws/aws-error.ts";
import { bytesIn } from "../aws/s3-body.ts";
import type { AwsTransport } from "../aws/transport.ts";
import type { Call } from "../core/call.ts";
import { HoldfastError } from "../core/errors.ts";
import { within } from "../core/within.ts";
import { type BackupSource, type Manifest, manifestBytes, readManifest } from "./manifest.ts";

/** The manifests in a bucket: each is written once. */
export interface Manifests {
  /** Undefined when there is none. */
  read(key: string, call: Call): Promise<Manifest | undefined>;
  /** The manifest that stands there: this one, or the one that was first. */
  writeOnce(key: string, manifest: Manifest, call: Call): Promise<Manifest>;
  /** Removes an object that no manifest names. That it cannot be removed now is no error: it is swept later. */
  removeObject(object: Manifest["object"], call: Call): Promise<void>;
}

/** Another write of the same key was going on, and S3 asks to send again. */
const SENDS_AFTER_CONFLICT = 3;
/** A manifest has some 2 kB. Whoever can write there must not make a reader hold more. */
const MOST_BYTES = 2 ** 20;

export function manifestsIn(transport: AwsTransport, bucket: string): Manifests {
  async function read(key: string, call: Call): Promise<Manifest | undefined> {
    try {
      const { Body, ContentLength } = await transport.call("GetObject", { Bucket: bucket, Key: key }, call);
      if (Number(ContentLength) > MOST_BYTES) {
        Object(Body).destroy?.();
        throw invalid(key, `has more than ${MOST_BYTES} bytes`);
      }
      // The client's signal ends with the headers in some of its HTTP handlers; the body must not outlive the call either.
      return readManifest(await within(call, call.deadlineMs, undefined, () => bytesIn(Body)), key);
    } catch (error) {
      if (Object(error).name === "NoSuchKey") return undefined;
      throw error;
    }
  }

  async function writeOnce(key: string, manifest: Manifest, call: Call): Promise<Manifest> {
    const input = {
      Bucket: bucket,
      Key: key,
      Body: manifestBytes(manifest),
      ContentType: "application/json",
      IfNoneMatch: "*",
    };
    for (let sends = 1; ; sends += 1) {
      try {
        await transport.call("PutObject", input, call);
        return manifest;
      } catch (error) {
        // Refused because there is one (412), or its answer was lost: what stands there says whose it is.
        const standing = await read(key, call).catch(() => undefined);
        if (standing !== undefined) return standing;
        if (awsSaysRetryable(error) === false && awsStatusOf(error) !== 409) throw error;
        if (sends > SENDS_AFTER_CONFLICT) throw error;
      }
    }
  }

  return {
    read,
    writeOnce,
    async removeObject({ key, versionId }, call) {
      const input = { Bucket: bucket, Key: key, ...(versionId === null ? {} : { VersionId: versionId }) };
      await transport.call("DeleteObject", input, call).catch(() => {});
    },
  };
}

/** The manifest, if it is of this source: one that was put into another's place is a clear refusal. */
export function checkedSource(manifest: Manifest, { name, version }: BackupSource, key: string): Manifest {
  const { source } = manifest;
  if (source.name === name && source.version === version) return manifest;
  throw invalid(key, "is of another source or version than its place says");
}

function invalid(key: string, what: string): HoldfastError {
  return new HoldfastError("BACKUP_MANIFEST_INVALID", `The manifest ${key} ${what}.`);
}
