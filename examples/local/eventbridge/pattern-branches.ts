import { member, PatternError } from "./pattern-error.ts";
import { compileFieldTest, type FieldTest } from "./value-tests.ts";

/** One way for a pattern to match: every field passes its test. `$or` makes several of one pattern. */
export type Branch = ReadonlyMap<string, FieldTest>;

/** AWS page 'Comparison operators for use in event patterns', section 'Or matching'. */
const MAX_BRANCHES = 1_000;

/** Names that may not be fields inside `$or`: whoever writes them there has misplaced an operator. */
const RESERVED_INSIDE_OR: ReadonlySet<string> = new Set([
  ..."exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr = < <= > >=".split(
    " ",
  ),
  ..."regex not-wildcard not-equals-ignore-case date-after date-on-or-after date-before".split(" "),
  ..."date-on-or-before in-date-range ip-address-in-range ip-address-not-in-range".split(" "),
]);

/**
 * Compiles a pattern into its branches. A path given twice in one branch means what was given last, as in
 * EventBridge's own compiler; `{"a.b": […]}` and `{"a": {"b": […]}}` are the same path.
 *
 * @throws PatternError naming the part that is wrong.
 */
export function compileBranches(pattern: unknown): readonly Branch[] {
  return compileObject(pattern, "$", undefined, false, [new Map()]);
}

function compileObject(
  object: unknown,
  path: string,
  name: string | undefined,
  insideOr: boolean,
  start: readonly Branch[],
): readonly Branch[] {
  if (!isObject(object)) {
    throw new PatternError(path, 'must be an object of fields: {"source": ["my.app"]}');
  }
  const entries = Object.entries(object);
  if (entries.length === 0) throw new PatternError(path, "an empty object matches nothing; name a field");
  let branches = start;
  for (const [key, value] of entries) {
    const keyPath = member(path, key);
    const fieldName = name === undefined ? key : `${name}.${key}`;
    if (key === "$or") {
      branches = compileOr(value, keyPath, name, branches);
    } else if (insideOr && RESERVED_INSIDE_OR.has(key)) {
      throw new PatternError(keyPath, `${JSON.stringify(key)} cannot be a field inside $or`);
    } else if (Array.isArray(value)) {
      const test = compileFieldTest(value, keyPath);
      branches = branches.map((branch) => new Map(branch).set(fieldName, test));
    } else if (isObject(value)) {
      branches = compileObject(value, keyPath, fieldName, insideOr, branches);
    } else {
      throw new PatternError(keyPath, "must be an object or an array; put the value into an array");
    }
  }
  return branches;
}

function compileOr(
  alternatives: unknown,
  path: string,
  name: string | undefined,
  branches: readonly Branch[],
): readonly Branch[] {
  if (!Array.isArray(alternatives) || alternatives.length < 2) {
    throw new PatternError(path, "$or takes an array of at least two objects");
  }
  const compiled: Branch[] = [];
  for (const [index, alternative] of alternatives.entries()) {
    compiled.push(...compileObject(alternative, member(path, index), name, true, branches));
    if (compiled.length > MAX_BRANCHES) {
      throw new PatternError(path, `$or makes more than ${MAX_BRANCHES} combinations; split the rule`);
    }
  }
  return compiled;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
