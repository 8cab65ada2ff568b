import type { IncomingMessage } from "node:http";
import { invalidArgument, S3Error } from "./s3-error.ts";

/** An HTTP request, taken apart but not yet understood. */
export interface S3Request {
  readonly method: string;
  /** Empty when the path names none. */
  readonly bucket: string;
  readonly key: string;
  readonly query: ReadonlyMap<string, string>;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: AsyncIterable<Uint8Array>;
  readonly requestId: string;
  readonly sourceIp: string;
}

/** AWS page 'Naming Amazon S3 objects': bytes of UTF-8. */
const MAX_KEY_BYTES = 1_024;

/** A signature in the query; nobody's signature is checked here. */
const SIGNATURE_PARAMETERS: readonly string[] = [
  "x-amz-algorithm",
  "x-amz-credential",
  "x-amz-date",
  "x-amz-expires",
  "x-amz-signedheaders",
  "x-amz-signature",
  "x-amz-security-token",
];

/**
 * Reads request line and headers. Addresses are path-style: `/bucket/key`. The path is not normalised: `a/../b` and
 * `a//b` are keys like any other.
 *
 * @throws S3Error InvalidURI, KeyTooLongError.
 */
export function readRequest(message: IncomingMessage, requestId: string): S3Request {
  const url = message.url ?? "/";
  const mark = url.indexOf("?");
  const path = mark === -1 ? url : url.slice(0, mark);
  const [, bucket = "", key = ""] = /^\/([^/]*)\/?(.*)$/s.exec(path) ?? [];
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(message.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(",") : value);
  }
  const query = new Map<string, string>();
  for (const pair of mark === -1 ? [] : url.slice(mark + 1).split("&")) {
    const [, rawName = "", rawValue = ""] = /^([^=]*)=?(.*)$/s.exec(pair) ?? [];
    const name = decodeUri(rawName.replaceAll("+", " "));
    const value = decodeUri(rawValue.replaceAll("+", " "));
    if (name === "") continue;
    const lower = name.toLowerCase();
    if (SIGNATURE_PARAMETERS.includes(lower)) continue;
    // A presigned URL carries headers in its query.
    if (lower.startsWith("x-amz-")) headers.set(lower, asHeader(name, value));
    else query.set(name, lower.startsWith("response-") ? asHeader(name, value) : value);
  }
  const decodedKey = decodeUri(key);
  if (Buffer.byteLength(decodedKey) > MAX_KEY_BYTES) {
    throw new S3Error("KeyTooLongError", "Your key is too long", {
      fields: { Size: String(Buffer.byteLength(decodedKey)), MaxSizeAllowed: String(MAX_KEY_BYTES) },
    });
  }
  return {
    method: message.method ?? "",
    bucket: decodeUri(bucket),
    key: decodedKey,
    query,
    headers,
    // Stopping half-way must leave the connection able to carry the answer.
    body: { [Symbol.asyncIterator]: () => message.iterator({ destroyOnReturn: false }) },
    requestId,
    sourceIp: message.socket.remoteAddress ?? "127.0.0.1",
  };
}

/** What is to be sent as a header must be one. @throws S3Error InvalidArgument. */
function asHeader(name: string, value: string): string {
  if (/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) return value;
  throw invalidArgument(name, encodeURIComponent(value), "Header value cannot be represented in ISO-8859-1.");
}

function decodeUri(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error("InvalidURI", "Couldn't parse the specified URI.", { fields: { URI: text } });
  }
}
