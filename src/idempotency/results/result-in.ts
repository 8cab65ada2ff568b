import { decodeResult } from "../codec.ts";
import { unreadable } from "./in-record.ts";

/** The value that a text holds. The parser's own error would quote it. */
export function resultIn(text: string): unknown {
  try {
    return decodeResult(text);
  } catch {
    throw unreadable("it is damaged");
  }
}
