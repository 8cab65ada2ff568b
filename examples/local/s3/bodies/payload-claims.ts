import {
  algorithmNamed,
  CHECKSUM_ALGORITHMS,
  type ChecksumAlgorithm,
  checksumHeader,
  isDigestOf,
} from "../checksums/checksums.ts";
import { S3Error } from "../s3-error.ts";

/** What a request's headers say of its body, to be held against the body. */
export interface PayloadClaims {
  readonly awsChunked: boolean;
  /** Bytes of the payload itself; undefined when the body is chunked by HTTP and nothing says. */
  readonly length?: number;
  readonly md5?: string;
  /** `value` is undefined when it comes in a trailer. */
  readonly checksum?: { readonly algorithm: ChecksumAlgorithm; readonly value?: string };
  readonly sha256Hex?: string;
}

/** Reads them. @throws S3Error for headers that are wrong by themselves, with S3's own words. */
export function readPayloadClaims(headers: ReadonlyMap<string, string>): PayloadClaims {
  const sha256 = headers.get("x-amz-content-sha256") ?? "UNSIGNED-PAYLOAD";
  const awsChunked = sha256.startsWith("STREAMING-");
  const checksum = readChecksum(headers);
  const md5 = headers.get("content-md5");
  if (md5 !== undefined && !/^[A-Za-z\d+/]{22}==$/.test(md5)) {
    throw new S3Error("InvalidDigest", "The Content-MD5 you specified was invalid.");
  }
  const length = readLength(headers.get(awsChunked ? "x-amz-decoded-content-length" : "content-length"));
  return {
    awsChunked,
    ...(length === undefined ? {} : { length }),
    ...(md5 === undefined ? {} : { md5 }),
    ...(checksum === undefined ? {} : { checksum }),
    ...(/^[\da-f]{64}$/.test(sha256) ? { sha256Hex: sha256 } : {}),
  };
}

function readChecksum(headers: ReadonlyMap<string, string>): PayloadClaims["checksum"] {
  const trailer = headers.get("x-amz-trailer")?.toLowerCase();
  const given = CHECKSUM_ALGORITHMS.filter(
    (algorithm) => headers.has(checksumHeader(algorithm)) || trailer === checksumHeader(algorithm),
  );
  if (given.length > 1) {
    throw invalidRequest(
      "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.",
    );
  }
  if (trailer !== undefined && given.length === 0) {
    throw invalidRequest("The value specified in the x-amz-trailer header is not supported");
  }
  const [algorithm] = given;
  const announced = headers.get("x-amz-sdk-checksum-algorithm");
  if (announced !== undefined && algorithmNamed(announced) === undefined) throw unsupportedAlgorithm();
  if (announced !== undefined && algorithmNamed(announced) !== algorithm) {
    throw invalidRequest(
      "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.",
    );
  }
  if (algorithm === undefined) return undefined;
  const value = headers.get(checksumHeader(algorithm));
  if (value === undefined) return { algorithm };
  if (!isDigestOf(algorithm, value)) throw invalidChecksum(algorithm);
  return { algorithm, value };
}

function readLength(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) {
    throw invalidRequest("The length given for the body is not a number of bytes.");
  }
  return Number(text);
}

export const unsupportedAlgorithm = (): S3Error =>
  invalidRequest(
    `Checksum algorithm provided is unsupported. Please try again with any of the valid types: [${CHECKSUM_ALGORITHMS.join(", ")}]`,
  );

export const invalidChecksum = (algorithm: ChecksumAlgorithm): S3Error =>
  invalidRequest(`Value for ${checksumHeader(algorithm)} header is invalid.`);

const invalidRequest = (message: string): S3Error => new S3Error("InvalidRequest", message);
