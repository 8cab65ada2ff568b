import { HoldfastError } from "../core/errors.ts";

/** What the body of GetObject's answer holds, all at once. */
export function bytesIn(body: unknown): Promise<Uint8Array> {
  const { transformToByteArray }: { transformToByteArray?: () => Promise<Uint8Array> } = Object(body);
  if (typeof transformToByteArray !== "function") throw unreadable();
  return transformToByteArray.call(body);
}

/** The same as a stream, which has to be read to its end or left. */
export function streamIn(body: unknown): AsyncIterable<Uint8Array> {
  if (typeof body === "object" && body !== null && Symbol.asyncIterator in body)
    return body as AsyncIterable<Uint8Array>;
  throw unreadable();
}

function unreadable(): HoldfastError {
  return new HoldfastError(
    "OBJECT_UNREADABLE",
    "The answer of GetObject has no body that can be read: an AWS SDK v3 client in Node.js gives a stream with transformToByteArray.",
  );
}
