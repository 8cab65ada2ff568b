import type { ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type XmlField, xmlErrorDocument } from "./xml-write.ts";

export interface S3Response {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  /** An XML document, or bytes that are streamed; `content-length` is then in the headers. */
  readonly body?: string | AsyncIterable<Uint8Array>;
}

/** Sends a response. Resolves once it is sent, also when the client went away half-way. */
export async function sendResponse(
  response: ServerResponse,
  answer: S3Response,
  to: { readonly requestId: string; readonly head: boolean },
): Promise<void> {
  const { body, headers = {} } = answer;
  const bytes = typeof body === "string" ? Buffer.from(body) : undefined;
  response.writeHead(answer.status, {
    "x-amz-request-id": to.requestId,
    "x-amz-id-2": `local/${to.requestId}`,
    server: "AmazonS3",
    ...(bytes === undefined ? {} : { "content-type": "application/xml", "content-length": bytes.length }),
    ...headers,
  });
  if (to.head || body === undefined || typeof body === "string") {
    response.end(to.head ? undefined : bytes);
    return;
  }
  // A failure while streaming cannot be told in words any more: the connection is cut, and the client sees fewer
  // bytes than Content-Length promised.
  await pipeline(Readable.from(body, { objectMode: false }), response).catch(() => {});
}

/** An error as it is answered; its code need not be one that happens here by itself. */
export interface AnsweredError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * An error's document; HEAD and 304 answers have none. AWS page 'Error responses' shows a Resource in it, which S3
 * does not send.
 */
export function errorResponse(error: AnsweredError, requestId: string): S3Response {
  const fields = Object.entries(error.fields).map(([name, value]): XmlField => [name, value]);
  return {
    status: error.status,
    headers: error.headers,
    body: xmlErrorDocument([
      ["Code", error.code],
      ["Message", error.message],
      ...fields,
      ["RequestId", requestId],
      ["HostId", `local/${requestId}`],
    ]),
  };
}
