import { createHash } from "node:crypto";
import {
  type ChecksumAlgorithm,
  checksumHeader,
  DEFAULT_ALGORITHM,
  isDigestOf,
  runningChecksum,
} from "../checksums/checksums.ts";
import { S3Error } from "../s3-error.ts";
import { decodeAwsChunked } from "./aws-chunked.ts";
import { invalidChecksum, type PayloadClaims } from "./payload-claims.ts";

/** What was computed over the payload. */
export interface PayloadDigests {
  readonly size: number;
  readonly md5Hex: string;
  readonly checksum: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
  /** The client's own checksum, verified; undefined when it sent none. May be of another algorithm. */
  readonly verified?: { readonly algorithm: ChecksumAlgorithm; readonly value: string };
}

/**
 * Passes a body's payload on to `sink`, piece by piece, and resolves once all of it came and agrees with its claims.
 * `keep` is the algorithm of the checksum to compute, by default that of the claims.
 *
 * @throws S3Error when the payload is longer than `maxBytes`, shorter than claimed, or not what was claimed.
 */
export async function receivePayload(
  body: AsyncIterable<Uint8Array>,
  claims: PayloadClaims,
  options: {
    readonly keep?: ChecksumAlgorithm;
    readonly maxBytes: number;
    readonly sink: (bytes: Uint8Array) => void | Promise<void>;
  },
): Promise<PayloadDigests> {
  const { maxBytes } = options;
  if ((claims.length ?? 0) > maxBytes) throw tooLarge(maxBytes);
  const claimed = claims.checksum?.algorithm;
  const kept = options.keep ?? claimed ?? DEFAULT_ALGORITHM;
  const checksum = runningChecksum(kept);
  const other = claimed === undefined || claimed === kept ? undefined : runningChecksum(claimed);
  const md5 = createHash("md5");
  const sha256 = claims.sha256Hex === undefined ? undefined : createHash("sha256");
  let size = 0;
  let trailer: string | undefined;
  const payload = claims.awsChunked
    ? decodeAwsChunked(body, (name, value) => {
        if (claimed !== undefined && name === checksumHeader(claimed)) trailer = value;
      })
    : body;
  for await (const bytes of payload) {
    size += bytes.length;
    if (size > maxBytes) throw tooLarge(maxBytes);
    md5.update(bytes);
    checksum.update(bytes);
    other?.update(bytes);
    sha256?.update(bytes);
    await options.sink(bytes);
  }
  const value = checksum.digest().toString("base64");
  const verified = other === undefined ? value : other.digest().toString("base64");
  const digests = {
    size,
    md5Hex: md5.digest("hex"),
    checksum: { algorithm: kept, value },
    ...(claimed === undefined ? {} : { verified: { algorithm: claimed, value: verified } }),
  };
  compare(claims, trailer, digests, sha256?.digest("hex"));
  return digests;
}

function compare(
  claims: PayloadClaims,
  trailer: string | undefined,
  digests: PayloadDigests,
  sha256Hex: string | undefined,
): void {
  if (claims.length !== undefined && claims.length !== digests.size) {
    throw new S3Error(
      "IncompleteBody",
      "You did not provide the number of bytes specified by the Content-Length HTTP header",
    );
  }
  if (claims.sha256Hex !== sha256Hex) {
    throw new S3Error(
      "XAmzContentSHA256Mismatch",
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
  }
  if (claims.md5 !== undefined && claims.md5 !== Buffer.from(digests.md5Hex, "hex").toString("base64")) {
    throw new S3Error("BadDigest", "The Content-MD5 you specified did not match what we received.");
  }
  if (claims.checksum === undefined) return;
  const { algorithm } = claims.checksum;
  const value = claims.checksum.value ?? trailer;
  if (value === undefined) {
    throw new S3Error("MalformedTrailerError", `The trailer ${checksumHeader(algorithm)} did not come.`);
  }
  if (!isDigestOf(algorithm, value)) throw invalidChecksum(algorithm);
  if (value !== digests.verified?.value) {
    throw new S3Error("BadDigest", `The ${algorithm} you specified did not match the calculated checksum.`);
  }
}

const tooLarge = (maxBytes: number): S3Error =>
  new S3Error("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size", {
    fields: { MaxSizeAllowed: String(maxBytes) },
  });
