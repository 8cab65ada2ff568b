import { HoldfastError } from "../../core/errors.ts";
import type { ResultKeeper } from "./keeper.ts";

/** A failed condition costs by the item's size, so what is larger than this is compressed. */
export const INLINE_BYTES: number = 8 * 1024;
/** DynamoDB's items are 400 KB at most, and the record has other attributes. */
export const LARGEST_BYTES = 350_000;
/** What is not plain JSON says so in front; no JSON text begins with such a word. */
export const GZIP = "gz:";

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
  const zipped = gzipped(text, INLINE_BYTES);
  return zipped === undefined ? text : GZIP + zipped.toString("base64");
}

/** A text of more than so many bytes, gzipped; undefined for a shorter one, and where that would save nothing. */
export function gzipped(text: string, beyondBytes: number): Buffer | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes <= beyondBytes) return undefined;
  const zipped = zlib().gzipSync(text);
  return GZIP.length + base64Length(zipped.length) < bytes ? zipped : undefined;
}

/** Characters that so many bytes take. */
export function base64Length(bytes: number): number {
  return 4 * Math.ceil(bytes / 3);
}

/** @throws HoldfastError `IDEMPOTENCY_RESULT_UNREADABLE` for a form that needs settings which are not there. */
export function decompressed(kept: string): string {
  if (kept.startsWith(GZIP)) return gunzipped(Buffer.from(kept.slice(GZIP.length), "base64"));
  const form = /^[a-z]+(?=:)/.exec(kept)?.[0];
  if (form === undefined) return kept;
  throw unreadable(`it is kept in the form "${form}"; give idempotent the \`results\` that wrote it`);
}

/** @throws HoldfastError `IDEMPOTENCY_RESULT_UNREADABLE` for bytes that are no whole gzip file. */
export function gunzipped(bytes: Uint8Array): string {
  try {
    return zlib().gunzipSync(bytes).toString();
  } catch {
    throw unreadable("its compressed form is damaged");
  }
}

/**
 * The work was done, and its result cannot be read. Whether reading it again may help is what the cause says, and
 * without one it will not.
 */
export function unreadable(
  why: string,
  cause?: unknown,
  retryable: boolean = cause !== undefined,
): HoldfastError {
  return new HoldfastError(
    "IDEMPOTENCY_RESULT_UNREADABLE",
    `The stored result cannot be read: ${why}. The work was not repeated.`,
    { cause, retryable },
  );
}

/** Not imported: the ESM facade of a built-in module costs a cold start milliseconds. */
function zlib() {
  return process.getBuiltinModule("node:zlib");
}
