import { identify, type KeyValue } from "../key.ts";

/** Whose record is looked for, in the words of `idempotent`'s options. */
export interface RecordOf {
  readonly operation: string;
  /** What the `key` function gave: `"42"` and `42` are two keys. */
  readonly key: KeyValue;
  /** What the `tenant` function gave, where there is one. */
  readonly tenant?: string | number | bigint;
}

/**
 * The identifier of the record that `idempotent` keeps for a key: the operation in clear, the rest hashed.
 *
 * @throws IdempotencyKeyMissingError, IdempotencyUnsupportedValueError.
 * @example
 * ```ts
 * const id = recordId({ operation: "post-entry", key: "entry-1" });
 * ```
 */
export function recordId({ operation, key, tenant }: RecordOf): string {
  const asked = { operation, key: () => key, tenant: tenant === undefined ? undefined : () => tenant };
  const identity = identify(asked, undefined);
  // Without `onMissingKey: "run"` a missing key is an error, so there always is one.
  return identity?.id ?? "";
}
