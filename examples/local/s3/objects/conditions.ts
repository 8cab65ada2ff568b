import { notImplemented, S3Error } from "../s3-error.ts";

/** What conditions look at. ETags are without their quotes. */
export interface Validators {
  readonly eTag: string;
  readonly lastModifiedMs: number;
}

/**
 * Decides a conditional read: pass, or 304, or 412 (AWS page 'GetObject', its section on conditional headers).
 * The order is RFC 9110's (section 13.2.2): If-Match takes If-Unmodified-Since's place, If-None-Match takes
 * If-Modified-Since's.
 */
export function readOutcome(
  header: (name: string) => string | undefined,
  object: Validators,
): "pass" | "not-modified" | { readonly failed: string } {
  const ifMatch = header("if-match");
  const unmodifiedSince = timeOf(header("if-unmodified-since"));
  if (ifMatch !== undefined) {
    if (!matchesAny(ifMatch, object.eTag)) return { failed: "If-Match" };
  } else if (unmodifiedSince !== undefined && wholeSeconds(object.lastModifiedMs) > unmodifiedSince) {
    return { failed: "If-Unmodified-Since" };
  }
  const ifNoneMatch = header("if-none-match");
  const modifiedSince = timeOf(header("if-modified-since"));
  if (ifNoneMatch !== undefined) {
    if (matchesAny(ifNoneMatch, object.eTag)) return "not-modified";
  } else if (modifiedSince !== undefined && wholeSeconds(object.lastModifiedMs) <= modifiedSince) {
    return "not-modified";
  }
  return "pass";
}

/** A condition on a write: nothing of that key exists, or what exists has this ETag. */
export type WriteCondition = { readonly type: "absent" } | { readonly type: "match"; readonly eTag: string };

/**
 * Writes take `If-None-Match` with `*` and `If-Match` with an ETag (AWS page 'PutObject').
 *
 * @throws S3Error NotImplemented for other values, or for both in one request, as S3 answers.
 */
export function readWriteCondition(headers: ReadonlyMap<string, string>): WriteCondition | undefined {
  const ifNoneMatch = headers.get("if-none-match");
  const ifMatch = headers.get("if-match");
  if (ifNoneMatch !== undefined && ifMatch !== undefined) {
    throw notImplemented("If-Match and If-None-Match in one write");
  }
  if (ifNoneMatch !== undefined) {
    if (ifNoneMatch.trim() !== "*") throw notImplemented("If-None-Match with another value than *");
    return { type: "absent" };
  }
  if (ifMatch?.trim() === "*") throw notImplemented("If-Match with * on a write");
  return ifMatch === undefined ? undefined : { type: "match", eTag: unquoted(ifMatch) };
}

/**
 * Holds a condition against what a key is now; `current` is undefined when it has no object or a delete marker.
 *
 * @throws S3Error PreconditionFailed (412), or NoSuchKey when If-Match meets nothing (AWS page 'How to prevent
 * object overwrites with conditional writes').
 */
export function checkWriteCondition(
  condition: WriteCondition,
  current: { readonly eTag: string } | undefined,
  key: string,
): void {
  if (condition.type === "absent") {
    if (current !== undefined) throw preconditionFailed("If-None-Match");
    return;
  }
  if (current === undefined) {
    throw new S3Error("NoSuchKey", "The specified key does not exist.", { fields: { Key: key } });
  }
  if (condition.eTag !== "*" && condition.eTag !== current.eTag) throw preconditionFailed("If-Match");
}

export const preconditionFailed = (condition: string): S3Error =>
  new S3Error("PreconditionFailed", "At least one of the pre-conditions you specified did not hold", {
    fields: { Condition: condition },
  });

const matchesAny = (list: string, eTag: string): boolean =>
  list.split(",").some((one) => one.trim() === "*" || unquoted(one.trim().replace(/^W\//, "")) === eTag);

export const unquoted = (eTag: string): string => eTag.trim().replace(/^"(.*)"$/, "$1");

/** HTTP dates count whole seconds; what is no date is no condition (RFC 9110 section 13.1.3). */
function timeOf(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? undefined : wholeSeconds(time);
}

const wholeSeconds = (ms: number): number => Math.floor(ms / 1_000);
