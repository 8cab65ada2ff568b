import { type PayloadClaims, unsupportedAlgorithm } from "../bodies/payload-claims.ts";
import {
  algorithmNamed,
  type ChecksumAlgorithm,
  type ChecksumType,
  DEFAULT_ALGORITHM,
  defaultChecksumType,
  isAllowedType,
} from "../checksums/checksums.ts";
import { S3Error } from "../s3-error.ts";
import type { Upload } from "../state.ts";

/** The checksum that CreateMultipartUpload asks for. @throws S3Error InvalidRequest for a pair that is not allowed. */
export function readUploadChecksum(headers: ReadonlyMap<string, string>): Upload["checksum"] {
  const name = headers.get("x-amz-checksum-algorithm");
  const typeName = headers.get("x-amz-checksum-type")?.toUpperCase();
  if (name === undefined && typeName !== undefined) {
    throw new S3Error(
      "InvalidRequest",
      "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
    );
  }
  if (name === undefined) return undefined;
  const algorithm = algorithmNamed(name);
  if (algorithm === undefined) throw unsupportedAlgorithm();
  const type = typeName ?? defaultChecksumType(algorithm);
  if ((type !== "COMPOSITE" && type !== "FULL_OBJECT") || !isAllowedType(algorithm, type)) {
    throw new S3Error(
      "InvalidRequest",
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  return { algorithm, type };
}

/** What S3 keeps for an upload whose creator named nothing. */
export const effectiveChecksum = (
  upload: Pick<Upload, "checksum">,
): { readonly algorithm: ChecksumAlgorithm; readonly type: ChecksumType } =>
  upload.checksum ?? { algorithm: DEFAULT_ALGORITHM, type: "FULL_OBJECT" };

/**
 * Whether a part's checksum is of the upload's kind. Composite uploads want one with every part; an upload whose
 * creator named none takes parts with any, verifies them, and keeps its own.
 *
 * @throws S3Error InvalidRequest.
 */
export function checkPartChecksum(upload: Pick<Upload, "checksum">, claims: PayloadClaims): void {
  const actual = claims.checksum?.algorithm;
  if (upload.checksum === undefined || upload.checksum.algorithm === actual) return;
  if (actual === undefined && upload.checksum.type === "FULL_OBJECT") return;
  throw checksumTypeMismatch(upload.checksum.algorithm, actual);
}

export function checksumTypeMismatch(
  expected: ChecksumAlgorithm | undefined,
  actual: ChecksumAlgorithm | undefined,
): S3Error {
  const word = (algorithm: ChecksumAlgorithm | undefined): string => algorithm?.toLowerCase() ?? "null";
  return new S3Error(
    "InvalidRequest",
    `Checksum Type mismatch occurred, expected checksum Type: ${word(expected)}, actual checksum Type: ${word(actual)}`,
  );
}
