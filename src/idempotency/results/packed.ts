import { GZIP, gunzipped } from "./in-record.ts";

/**
 * A result in the form that it is kept in: a head, which is short and stays in the record, and a body, which may lie
 * elsewhere. The head is empty for JSON text, `gz:` for that gzipped, and for anything encrypted see `envelope.ts`.
 */
export interface Packed {
  readonly head: string;
  readonly body: Uint8Array;
}

/** The text of a body that is not encrypted, or undefined for a head of another form. */
export function unpacked({ head, body }: Packed): string | undefined {
  if (head === "") return Buffer.from(body).toString();
  return head === GZIP ? gunzipped(body) : undefined;
}

/** Bytes written without ambiguity: two texts never stand for the same bytes. */
export function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}

/** The bytes again, or undefined for a text that `toText` does not write. */
export function toBytes(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, "base64url");
  return bytes.toString("base64url") === text ? bytes : undefined;
}
