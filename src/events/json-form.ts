import { checkNumber } from "../core/errors.ts";
import { checkOptions } from "../core/options.ts";
import { type CheckResult, MAX_PROBLEMS, type Problem, pointer, problem } from "./check-result.ts";

/** How large a detail may be. What is larger is refused before its schema is asked, so that no check takes long. */
export interface EventLimits {
  /** Bytes of JSON, UTF-8. Default: 1,000,000; EventBridge takes 1 MB for a whole entry. */
  readonly maxBytes?: number;
  /** Values in it, at every depth: items, members, objects and lists. Default: 100,000. */
  readonly maxValues?: number;
  /** Levels of nesting. Default: 999, which is the most: EventBridge takes 1,000, and the event round the detail is one. */
  readonly maxDepth?: number;
}

/** EventBridge takes JSON nested up to 1,000 levels (API reference, PutEvents). */
const MAX_DEPTH = 999;

/** The limits with their defaults. */
export function checkedLimits(where: string, limits: EventLimits | undefined): Required<EventLimits> {
  checkOptions(where, limits, ["maxBytes", "maxValues", "maxDepth"]);
  const { maxBytes = 1_000_000, maxValues = 100_000, maxDepth = MAX_DEPTH } = limits ?? {};
  checkNumber(where, "limits.maxBytes", maxBytes, { min: 2, integer: true });
  checkNumber(where, "limits.maxValues", maxValues, { min: 1, integer: true });
  checkNumber(where, "limits.maxDepth", maxDepth, { min: 1, max: MAX_DEPTH, integer: true });
  return { maxBytes, maxValues, maxDepth };
}

/**
 * A value as the JSON it becomes when it is sent: Dates are strings, `undefined` is gone, prototypes are plain.
 *
 * Text that is not well-formed Unicode (half a surrogate pair) is a problem too: no service takes it.
 * Numbers without a JSON form (NaN, Infinity), invalid Dates, BigInts and cycles are problems with their path:
 * JSON.stringify would write `null` for some, silently, and throw without a path for the others.
 */
export function jsonForm(value: unknown, limits: Required<EventLimits>): CheckResult<unknown> {
  const { maxBytes, maxValues, maxDepth } = limits;
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
  // A unit takes three bytes at most.
  if (text.length > maxBytes || (3 * text.length > maxBytes && Buffer.byteLength(text) > maxBytes)) {
    return failed(problem("", "maxBytes", `must not be longer than ${maxBytes} bytes of JSON`));
  }
  // A value takes one character at least, and a level two.
  if (text.length > maxValues || text.length > 2 * maxDepth) {
    const { values, depth } = extentOf(text);
    if (depth > maxDepth) {
      return failed(problem("", "maxDepth", `must not be nested deeper than ${maxDepth} levels`));
    }
    if (values > maxValues) {
      return failed(problem("", "maxValues", `must not hold more than ${maxValues} values`));
    }
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
    // A cycle, a nesting too deep to walk, or a getter or toJSON that throws: said below.
  }
  return [
    problem(
      "",
      "json",
      "cannot be written as JSON: it refers to itself, is nested too deep, or a getter or toJSON threw",
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

/** How deep JSON is nested and how much is in it, counted on its text: no recursion, so no text is too deep for it. */
function extentOf(text: string): { readonly depth: number; readonly values: number } {
  let depth = 0;
  let deepest = 0;
  let values = 1;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === QUOTE) at = endOfString(text, at);
    else if (character === COMMA) values += 1;
    else if (character === OPEN_BRACE || character === OPEN_BRACKET) {
      values += isEmptyAt(text, at) ? 0 : 1;
      deepest = Math.max(deepest, ++depth);
    } else if (character === CLOSE_BRACE || character === CLOSE_BRACKET) depth -= 1;
  }
  return { depth: deepest, values };
}

function isEmptyAt(text: string, at: number): boolean {
  const next = text.charCodeAt(at + 1);
  return next === CLOSE_BRACE || next === CLOSE_BRACKET;
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
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
