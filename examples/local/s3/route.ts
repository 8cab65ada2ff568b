import { BUCKET_OPERATIONS } from "./bucket-operations.ts";
import { CHECKSUM_ALGORITHMS, checksumHeader } from "./checksums/checksums.ts";
import { OBJECT_OPERATIONS } from "./object-operations.ts";
import { METADATA_PREFIX } from "./objects/object-headers.ts";
import type { Operation } from "./operation.ts";
import type { S3Request } from "./request.ts";
import { notImplemented, S3Error } from "./s3-error.ts";

/** Headers that any request may carry: signatures, which nobody checks here, and who sent it. */
const COMMON_HEADERS: readonly string[] = [
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-security-token",
  "x-amz-user-agent",
  "x-amz-expected-bucket-owner",
  "x-amz-source-expected-bucket-owner",
];

const BODY_HEADERS: readonly string[] = [
  "x-amz-decoded-content-length",
  "x-amz-sdk-checksum-algorithm",
  "x-amz-trailer",
  ...CHECKSUM_ALGORITHMS.map(checksumHeader),
];

/** Headers outside `x-amz-` that change what a request does. */
const HTTP_HEADERS: readonly string[] = [
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "range",
];

/** The SDKs name the operation in the query, for logs. */
const IGNORED_QUERY: readonly string[] = ["x-id"];

/**
 * Finds the operation that a request is, by method, path, query and copy source.
 *
 * @throws S3Error NotImplemented for an operation, query parameter or header that it does not know;
 * MethodNotAllowed for a method that S3 has nowhere.
 */
export function route(request: S3Request): Operation {
  const level = request.bucket === "" ? "service" : request.key === "" ? "bucket" : "object";
  const copies = request.headers.has("x-amz-copy-source");
  const candidates = [...BUCKET_OPERATIONS, ...OBJECT_OPERATIONS]
    .filter(
      (one) =>
        one.method === request.method &&
        one.level === level &&
        (one.copies ?? false) === copies &&
        (one.marks ?? []).every((mark) => request.query.has(mark)),
    )
    .sort((a, b) => (b.marks?.length ?? 0) - (a.marks?.length ?? 0));
  const [operation] = candidates;
  const parameters = [...request.query.keys()].filter((name) => !IGNORED_QUERY.includes(name));
  if (operation === undefined) {
    const query = parameters.length === 0 ? "" : ` with ${parameters.join(", ")}`;
    throw notImplemented(`${request.method} on a ${level}${query}`);
  }
  const known = [...(operation.marks ?? []), ...(operation.query ?? [])];
  const unknown = parameters.find((name) => !known.includes(name));
  if (unknown !== undefined) throw notImplemented(`${operation.name} with the query parameter ${unknown}`);
  if (operation.name === "ListObjectsV2" && request.query.get("list-type") !== "2") {
    throw notImplemented("a list-type other than 2");
  }
  for (const name of request.headers.keys()) {
    if (!isKnownHeader(operation, name)) throw notImplemented(`${operation.name} with the header ${name}`);
  }
  return operation;
}

/** @throws S3Error AccessDenied when a request expects the bucket to be someone else's. */
export function checkExpectedOwner(request: S3Request, accountId: string): void {
  for (const name of ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"]) {
    const expected = request.headers.get(name);
    if (expected !== undefined && expected !== accountId) throw new S3Error("AccessDenied", "Access Denied");
  }
}

function isKnownHeader(operation: Operation, name: string): boolean {
  if (!name.startsWith("x-amz-") && !HTTP_HEADERS.includes(name)) return true;
  return (
    COMMON_HEADERS.includes(name) ||
    operation.headers?.includes(name) === true ||
    (operation.body === true && BODY_HEADERS.includes(name)) ||
    (operation.metadata === true && name.startsWith(METADATA_PREFIX))
  );
}
