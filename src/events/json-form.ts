import { type CheckResult, MAX_PROBLEMS, type Problem, pointer, problem } from "./check-result.ts";

/** The largest detail that is looked at, in bytes of UTF-8; EventBridge takes 1 MB for a whole entry. */
export const MAX_DETAIL_BYTES = 1_000_000;

/** EventBridge takes JSON nested up to 1,000 levels (API reference, PutEvents); the event round the detail is one. */
const MAX_DEPTH = 999;

/**
 * A value as the JSON it becomes when it is sent: Dates are strings, `undefined` is gone, prototypes are plain.
 *
 * Text that is not well-formed Unicode (half a surrogate pair) is a problem too: no service takes it.
 * Numbers without a JSON form (NaN, Infinity), invalid Dates, BigInts and cycles are problems with their path:
 * JSON.stringify would write `null` for some, silently, and throw without a path for the others.
 */
export function jsonForm(value: unknown): CheckResult<unknown> {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    return { ok: false, problems: unwritable(value) };
  }
  if (text === undefined) return failed(problem("", "json", "must be a JSON object"));
  // Whatever is lost in writing is written as null, so most values need no second look.
  const lost = text.includes("null") || text.includes("\\ud") ? findLost(value) : [];
  if (lost.length > 0) return { ok: false, problems: lost };
  if (text.length > MAX_DETAIL_BYTES || Buffer.byteLength(text) > MAX_DETAIL_BYTES) {
    return failed(problem("", "maxBytes", `must not be longer than ${MAX_DETAIL_BYTES} bytes of JSON`));
  }
  if (text.length > 2 * MAX_DEPTH && depthOf(text) > MAX_DEPTH) {
    return failed(problem("", "depth", `must not be nested deeper than ${MAX_DEPTH} levels`));
  }
  return { ok: true, value: JSON.parse(text) };
}

function failed(only: Problem): CheckResult<never> {
  return { ok: false, problems: [only] };
}

function unwritable(value: unknown): readonly Problem[] {
  try {
    const lost = findLost(value);
    if (lost.length > 0) return lost;
  } catch {
    // A cycle, a nesting too deep to walk, or a toJSON that throws: said below.
  }
  return [
    problem(
      "",
      "json",
      "cannot be written as JSON: it refers to itself, is nested too deep, or a toJSON threw",
    ),
  ];
}

/** Walks a value as JSON.stringify does, noting what it would lose. */
function findLost(value: unknown): readonly Problem[] {
  const problems: Problem[] = [];
  const paths = new Map<unknown, string>();
  JSON.stringify(value, function (this: Record<string, unknown>, key: string, written: unknown): unknown {
    const parent = paths.get(this);
    const path = parent === undefined ? "" : pointer(parent, key);
    if (problems.length >= MAX_PROBLEMS) return undefined;
    if (typeof written === "object" && written !== null) paths.set(written, path);
    const complaint = complaintOf(written, this[key]);
    if (complaint === undefined) return written;
    problems.push(problem(path, complaint[0], complaint[1]));
    return undefined;
  });
  return problems;
}

function complaintOf(written: unknown, given: unknown): readonly [string, string] | undefined {
  if (typeof written === "number" && !Number.isFinite(written)) {
    return ["finite", "must be a finite number: JSON has no NaN or Infinity"];
  }
  if (typeof written === "string" && !written.isWellFormed()) {
    return ["unicode", "must be well-formed Unicode: it holds half of a surrogate pair"];
  }
  if (typeof written === "bigint") return ["json", "must not be a BigInt: send it as a string"];
  if (written === null && Object.prototype.toString.call(given) === "[object Date]") {
    return ["json", "must be a valid Date"];
  }
  return undefined;
}

/** How deep JSON is nested, counted on its text: no recursion, so no text is too deep for it. */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) at = endOfString(text, at);
    else if (character === OPEN_BRACE || character === OPEN_BRACKET) deepest = Math.max(deepest, ++depth);
    else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) depth -= 1;
  }
  return deepest;
}

function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === BACKSLASH) at += 1;
    else if (character === QUOTE) return at;
  }
  return text.length;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
