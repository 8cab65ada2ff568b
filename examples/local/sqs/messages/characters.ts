import { RequestError } from "../../process/request-error.ts";

/** #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF (SQS API Reference, 'SendMessage'). */
const ALLOWED = /^[\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]*$/u;

/** @throws RequestError InvalidMessageContents. A half of a surrogate pair is no character. */
export function checkCharacters(text: string, what: string): void {
  if (ALLOWED.test(text)) return;
  throw new RequestError(
    "InvalidMessageContents",
    `${what} has characters that SQS does not take: only tab, line feed, carriage return, and U+0020 and up, ` +
      "without surrogates, U+FFFE and U+FFFF.",
  );
}
