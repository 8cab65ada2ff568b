import type { CharacterSet } from "./character-set.ts";

/**
 * How a string is matched in time that grows with its length: all ways at once (K. Thompson, Regular expression search algorithm,
 * 1968), on an automaton whose states are the pattern's characters (V. M. Glushkov, The abstract theory of automata, 1961).
 *
 * It is data, for compiled files hold it.
 */
export interface Automaton {
  /** One for each alternative at the pattern's top. Empty where RegExp does it, on short strings alone. */
  readonly branches: readonly Branch[];
  /** Longer strings, in UTF-16 units, are refused unmatched. */
  readonly maxLength?: number;
}

export interface Branch {
  readonly startsAnywhere: boolean;
  readonly endsAnywhere: boolean;
  /** Whether the empty string matches. */
  readonly isNullable: boolean;
  readonly sets: readonly CharacterSet[];
  /** Of each position, which of the sets its character is in. */
  readonly setOf: readonly number[];
  /** Where it can begin, and end. */
  readonly first: readonly number[];
  readonly last: readonly number[];
  /** Of each position, which may come after it. */
  readonly follow: readonly (readonly number[])[];
}
