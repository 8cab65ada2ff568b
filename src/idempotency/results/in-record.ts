import { HoldfastError } from "../../core/errors.ts";
import type { ResultKeeper } from "./keeper.ts";

/** A failed condition costs by the item's size, so what is larger than this is compressed. */
export const INLINE_BYTES = 8 * 1024;
/** DynamoDB's items are 400 KB at most, and the record has other attributes. */
const LARGEST_BYTES = 350_000;
/** What is not plain JSON says so in front; no JSON text begins with such a word. */
const GZIP = "gz:";

/** Keeps results in the record itself: as they are up to 8 KB, gzipped beyond, and up to 350,000 bytes of that. */
export const inRecord: ResultKeeper = {
  keep(text) {
    const kept = compressed(text);
    return Buffer.byteLength(kept) <= LARGEST_BYTES ? kept : undefined;
  },
  text: (kept) => decompressed(kept),
};

/** The text as it is while it is short, or does not get shorter. */
export function compressed(text: string): string {
  const bytes = Buffer.byteLength(text);
  if (bytes <= INLINE_BYTES) return text;
  const zipped = GZIP + zlib().gzipSync(text).toString("base64");
  return zipped.length < bytes ? zipped : text;
}

/** @throws HoldfastError `IDEMPOTENCY_RESULT_UNREADABLE` for a form that needs settings which are not there. */
export function decompressed(kept: string): string {
  if (kept.startsWith(GZIP)) {
    return zlib()
      .gunzipSync(Buffer.from(kept.slice(GZIP.length), "base64"))
      .toString();
  }
  if (/^[a-z]+:/.test(kept)) throw unreadable(`it is kept in the form "${kept.slice(0, kept.indexOf(":"))}"`);
  return kept;
}

/** The work was done, and its result is kept where or how this function cannot read it. */
export function unreadable(why: string, cause?: unknown): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_RESULT_UNREADABLE",
    `The stored result cannot be read: ${why}. The work was not repeated. Give idempotent the same \`results\` as where it was written.`,
    { cause, retryable: cause !== undefined },
  );
}

/** Not imported: the ESM facade of a built-in module costs a cold start milliseconds. */
function zlib() {
  return process.getBuiltinModule("node:zlib");
}
