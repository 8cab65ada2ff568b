import type { IdempotencyRecord, RecordState } from "../store.ts";

/** A DynamoDB attribute value, as far as records use them. */
export interface AttributeValue {
  readonly S?: string | undefined;
  readonly N?: string | undefined;
}

/** An item as DynamoDB returns it. */
export type Item = Readonly<Record<string, AttributeValue>>;

/**
 * The attributes of a record besides its key. `expiresAt` is in seconds and is the table's TTL attribute; `lease` is
 * in milliseconds and belongs to nobody but us.
 */
export const NAMES = {
  "#v": "v",
  "#state": "state",
  "#owner": "owner",
  "#fence": "fence",
  "#lease": "lease",
  "#expires": "expiresAt",
  "#payload": "payload",
  "#result": "result",
  "#steps": "steps",
} as const;

/** The names that an expression uses, for DynamoDB refuses those it does not. */
export function namesIn(...expressions: readonly string[]): Record<string, string> {
  const text = expressions.join(" ");
  return Object.fromEntries(Object.entries(NAMES).filter(([name]) => new RegExp(`${name}\\b`).test(text)));
}

const STATES: readonly string[] = [
  "IN_PROGRESS",
  "RELEASED",
  "COMPLETED",
  "COMPLETED_NO_RESULT",
] satisfies RecordState[];

/** Reads an item. An item that holds no record of ours (another use of the table) is an error, never "a new key". */
export function recordOf(item: Item | undefined): IdempotencyRecord | undefined {
  if (item === undefined || Object.keys(item).length === 0) return undefined;
  const state = item["state"]?.S;
  const owner = item["owner"]?.S;
  const version = Number(item["v"]?.N);
  if (state === undefined || owner === undefined || !Number.isInteger(version)) {
    throw new TypeError(
      "The table holds an item under this key that is not an idempotency record (no v, state, owner).",
    );
  }
  if (!STATES.includes(state) && version <= 1)
    throw new TypeError("The idempotency record has an unknown state.");
  const result = item["result"]?.S;
  return {
    version,
    state: state as RecordState,
    owner,
    fence: Number(item["fence"]?.N ?? 0),
    leaseUntilMs: Number(item["lease"]?.N ?? 0),
    expiresAtMs: Number(item["expiresAt"]?.N ?? 0) * 1_000,
    payloadHash: item["payload"]?.S ?? "-",
    ...(result === undefined ? {} : { result }),
  };
}

/** Epoch milliseconds as TTL wants them: whole seconds, rounded so that a record is never forgotten early. */
export function ttlSeconds(epochMs: number): AttributeValue {
  return { N: String(Math.ceil(epochMs / 1_000)) };
}
