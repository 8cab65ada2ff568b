import type { Call } from "../../core/call.ts";
import { within } from "../../core/within.ts";
import { type Forgets, REPLAYED } from "./remembered.ts";

/** A response as data: what the record keeps. */
interface KeptResponse {
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Text where the bytes are UTF-8, so that people can read it. */
  readonly body: string | Uint8Array | null;
}

type Reader = ReadableStreamDefaultReader<Uint8Array>;

/** By its form: a framework may bring a class of its own. */
export function isResponse(value: unknown): value is Response {
  const { status, headers, clone } = Object(value) as Partial<Response>;
  return typeof status === "number" && typeof headers?.get === "function" && typeof clone === "function";
}

/**
 * The response as data, read from a copy: the client gets the first one whole. Itself, which is no data and is not stored, when its body
 * is too long, or is a stream that has no end to wait for.
 */
export async function keptResponse(
  response: Response,
  forgets: Forgets,
  maxBodyBytes: number,
  call: Call,
): Promise<KeptResponse | Response> {
  if (response.headers.get("content-type")?.toLowerCase().startsWith("text/event-stream")) return response;
  const reader = response.clone().body?.getReader();
  const body = reader === undefined ? null : await copied(reader, maxBodyBytes, call).catch(giveUp);
  if (body === undefined) return response;
  const { status, statusText } = response;
  return { status, statusText, headers: [...response.headers].filter(([name]) => !forgets(name)), body };

  /** Nobody gets this answer: what makes it may stop. */
  function giveUp(error: unknown): never {
    response.body?.cancel().catch(() => {});
    throw error;
  }
}

/** What was kept, as the answer to a repeat. What a person settled without that form is the JSON of a 200. */
export function replayedResponse(kept: unknown): Response {
  if (!isKept(kept)) return Response.json(kept ?? null, { headers: { [REPLAYED]: "true" } });
  const { status, statusText, body } = kept;
  const headers = new Headers(kept.headers.map(([name, value]): [string, string] => [name, value]));
  headers.set(REPLAYED, "true");
  return new Response(body, { status, statusText, headers });
}

function isKept(kept: unknown): kept is KeptResponse {
  const { status, headers } = Object(kept) as Partial<KeptResponse>;
  return typeof status === "number" && Array.isArray(headers);
}

/**
 * The body, or undefined when it is longer. What is left unread is let go of, or it would pile up while the client reads; that
 * settles once the client's half has ended as well, which nobody waits for here.
 */
async function copied(
  reader: Reader,
  maxBytes: number,
  call: Call,
): Promise<string | Uint8Array | undefined> {
  let isWhole = false;
  try {
    // A body that does not end is over when its call is.
    const bytes = await within(call, Number.POSITIVE_INFINITY, undefined, () => readAll(reader, maxBytes));
    isWhole = bytes !== undefined;
    return bytes && textOrBytes(bytes);
  } finally {
    if (!isWhole) reader.cancel().catch(() => {});
  }
}

/** Undefined when there are more. */
async function readAll(reader: Reader, maxBytes: number): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  for (let bytes = 0; ; ) {
    const { done, value } = await reader.read();
    if (done) return Buffer.concat(chunks);
    bytes += value.length;
    if (bytes > maxBytes) return undefined;
    chunks.push(value);
  }
}

function textOrBytes(bytes: Buffer): string | Uint8Array {
  const text = bytes.toString("utf8");
  return Buffer.from(text, "utf8").equals(bytes) ? text : new Uint8Array(bytes);
}
