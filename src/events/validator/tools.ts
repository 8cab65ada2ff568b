import { CheckLimitError } from "../check-limit.ts";
import { formats } from "../formats.ts";
import type { Automaton } from "../patterns/automaton.ts";
import { matcher } from "../patterns/matcher.ts";
import { equalJson, uniqueJson } from "./equal-json.ts";
import type { ValidatorTools } from "./format.ts";

/**
 * Calls of a validator's functions in one check, and what they look at directly. A schema that refers to itself from
 * two branches of an anyOf doubles them with every level of the value.
 */
const MOST_STEPS = 1_000_000;

/** A string is compared and matched so fast that this many units of it are one step. */
const UNITS_A_STEP = 64;

/** What a validator is given, and the start of a check. */
export interface Workbench {
  readonly tools: ValidatorTools;
  begin(): void;
}

export function workbench(patterns: Readonly<Record<string, Automaton>>): Workbench {
  let left = MOST_STEPS;
  const spend = (data: unknown): void => {
    left -= 1;
    if (Array.isArray(data)) left -= data.length;
    else if (typeof data === "string") left -= data.length / UNITS_A_STEP;
    if (left < 0) throw new CheckLimitError("steps", "takes too long to be checked");
  };
  return {
    begin() {
      left = MOST_STEPS;
    },
    tools: {
      formats,
      pattern: (source, flags) => matcher(source, flags, patterns),
      length: codePoints,
      equal: equalJson,
      unique: uniqueJson,
      put(errors, error) {
        if (errors === null) return [error];
        errors.push(error);
        return errors;
      },
      add(errors, more) {
        for (const error of more) errors.push(error);
        return errors;
      },
      spend,
    },
  };
}

/** Half of a surrogate pair counts as one, as for JSON Schema every character does. */
function codePoints(text: string): number {
  let pairs = 0;
  for (let at = 1; at < text.length; at += 1) {
    if ((text.charCodeAt(at) & 0xfc00) !== 0xdc00 || (text.charCodeAt(at - 1) & 0xfc00) !== 0xd800) continue;
    pairs += 1;
    at += 1;
  }
  return text.length - pairs;
}
