/** One thing wrong with a value. Holds names and rules, never the value itself: it may be logged and sent back. */
export interface Problem {
  /** Where, as a JSON pointer (RFC 6901): "/items/0/price"; "" is the whole. */
  readonly path: string;
  /**
   * The schema's keyword, or one of ours: "json", "finite", "unicode", "maxBytes", "maxValues",
   * "maxDepth", "depth", "steps", "reserved".
   */
  readonly rule: string;
  readonly message: string;
}

/** `value` is the JSON form of what was checked: what will be sent. */
export type CheckResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** No more problems than this are given: a huge wrong array must not make a huge answer. */
export const MAX_PROBLEMS = 100;

/** Paths and messages are cut at this length: names in a payload can be as long as the payload, and patterns in a schema are long. */
const MAX_LENGTH = 256;

export function problem(path: string, rule: string, message: string): Problem {
  return { path: cut(path), rule: cut(rule), message: cut(message) };
}

function cut(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
}

/** `path` with one more step, escaped as RFC 6901 says. */
export function pointer(path: string, name: string | number): string {
  return `${path}/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
