import type { Call } from "../core/call.ts";
import { HoldfastError } from "../core/errors.ts";
import { within } from "../core/within.ts";

/** What a short object of S3 holds. The client's signal ends with the headers in some of its HTTP handlers; the body must not outlive the call either. */
export function bodyBytes(body: unknown, call: Call): Promise<Uint8Array> {
  const { transformToByteArray }: { transformToByteArray?: () => Promise<Uint8Array> } = Object(body);
  if (typeof transformToByteArray !== "function") throw unreadable();
  return within(call, call.deadlineMs, undefined, () => transformToByteArray.call(body));
}

/** The same as a stream, which has to be read to its end or left. */
export function bodyStream(body: unknown): AsyncIterable<Uint8Array> {
  if (typeof body === "object" && body !== null && Symbol.asyncIterator in body)
    return body as AsyncIterable<Uint8Array>;
  throw unreadable();
}

function unreadable(): HoldfastError {
  return new HoldfastError("OBJECT_UNREADABLE", "The answer of GetObject has no body that can be read.");
}
