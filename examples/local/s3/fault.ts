import type { S3Request } from "./request.ts";
import { errorResponse, type S3Response } from "./response.ts";

/**
 * How a request fails: with a status and an error code, nothing done; or, for the two operations that AWS documents
 * it of, CompleteMultipartUpload and CopyObject, with status 200 and an error in the body, nothing done either.
 */
export type S3Fault = { readonly status: number; readonly code: string } | "complete-200-with-error";

export type FailRequest = (request: {
  readonly operation: string;
  readonly bucket?: string;
  readonly key?: string;
}) => S3Fault | undefined;

const ANSWERS_200_EARLY: readonly string[] = ["CompleteMultipartUpload", "CopyObject"];

/** The answer to a request that must fail; undefined when it need not. A hook that throws fails its request. */
export function failed(
  operation: string,
  request: S3Request,
  failRequest: FailRequest,
): S3Response | undefined {
  const fault = failRequest({
    operation,
    ...(request.bucket === "" ? {} : { bucket: request.bucket }),
    ...(request.key === "" ? {} : { key: request.key }),
  });
  if (fault === undefined) return undefined;
  const plain = { fields: {}, headers: {} };
  if (fault !== "complete-200-with-error") {
    return errorResponse({ ...plain, ...fault, message: "A fault that was asked for." }, request.requestId);
  }
  if (!ANSWERS_200_EARLY.includes(operation)) {
    throw new RangeError(`${operation} never answers 200 with an error: give a status and a code`);
  }
  const message = "We encountered an internal error. Please try again.";
  return errorResponse({ ...plain, status: 200, code: "InternalError", message }, request.requestId);
}
