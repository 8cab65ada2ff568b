/** One thing wrong with a value. Holds names and rules, never the value itself: it may be logged and sent back. */
export interface Problem {
  /** Where, as a JSON pointer (RFC 6901): "/items/0/price"; "" is the whole. */
  readonly path: string;
  /** The schema's keyword, or one of ours: "json", "finite", "depth", "maxBytes", "reserved". */
  readonly rule: string;
  readonly message: string;
}

/** `value` is the JSON form of what was checked: what will be sent. */
export type CheckResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** No more problems than this are given: a huge wrong array must not make a huge answer. */
export const MAX_PROBLEMS = 100;

/** Paths are cut at this length: names in a payload can be as long as the payload. */
const MAX_PATH = 256;

export function problem(path: string, rule: string, message: string): Problem {
  return { path: path.length > MAX_PATH ? `${path.slice(0, MAX_PATH)}…` : path, rule, message };
}

/** `path` with one more step, escaped as RFC 6901 says. */
export function pointer(path: string, name: string | number): string {
  return `${path}/${String(name).replaceAll("~", "~0").replaceAll("/", "~1")}`;
}
