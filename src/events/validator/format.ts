import type { Automaton } from "../patterns/automaton.ts";

/** Counts up when what a validator is given, or gives, changes: a compiled file of another number is refused. */
export const VALIDATOR_FORMAT = 1;

/** What is used of an error of ajv's. */
export interface ValidatorError {
  readonly instancePath: string;
  readonly keyword: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly message?: string;
}

/** A function as ajv makes it: whether a value is right, and in `errors` what is wrong with the last one. */
export interface AjvValidate {
  (value: unknown): boolean;
  errors?: readonly ValidatorError[] | null;
}

/** What a validator's text calls and does not hold itself. The names are in compiled files: they stay. */
export interface ValidatorTools {
  readonly formats: Readonly<Record<string, (text: string) => boolean>>;
  /** How a string is matched with a pattern of the schema. */
  readonly pattern: (source: string, flags: string) => { test(text: string): boolean };
  /** A string's length in code points. */
  readonly length: (text: string) => number;
  readonly equal: (one: unknown, other: unknown) => boolean;
  readonly unique: (items: readonly unknown[]) => boolean;
  /** Adds an error to a list, or begins one. */
  readonly put: (errors: ValidatorError[] | null, error: ValidatorError) => ValidatorError[];
  /** Adds to a list of errors, in place. */
  readonly add: (errors: ValidatorError[], more: readonly ValidatorError[]) => ValidatorError[];
  /** Called at the start of each function of the validator. Throws when a check takes too long. */
  readonly spend: (data: unknown) => void;
}

/** One schema as a function, and what it was made from. */
export interface CompiledValidator {
  /** Fingerprint of the schema's text. */
  readonly schema: string;
  /** The patterns that are not left to RegExp, which could take for ever. */
  readonly patterns: Readonly<Record<string, Automaton>>;
  readonly make: (tools: ValidatorTools) => AjvValidate;
}

/** What `holdfast compile-events` writes, as the default export of a module. */
export interface CompiledValidators {
  readonly format: number;
  /** By the event's source, type and version. */
  readonly validators: Readonly<Record<string, CompiledValidator>>;
}

/** The name of a definition in a compiled file. */
export function validatorKey(event: {
  readonly source: string;
  readonly type: string;
  readonly version: number;
}): string {
  return JSON.stringify([event.source, event.type, event.version]);
}
