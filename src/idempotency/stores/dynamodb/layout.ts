import { InvalidOptionError } from "../../../core/errors.ts";
import { checkOptions } from "../../../core/options.ts";
import { checkedState, type IdempotencyRecord, stepsOf } from "../../record.ts";

/** A DynamoDB attribute value, as far as records use them. */
export interface AttributeValue {
  readonly S?: string | undefined;
  readonly N?: string | undefined;
  readonly M?: Readonly<Record<string, AttributeValue>> | undefined;
}

/** An item as DynamoDB returns it. */
export type Item = Readonly<Record<string, AttributeValue>>;

/**
 * The attributes of a record besides its key, and what they are called unless the options say otherwise. `expiresAt` is in
 * seconds and is the table's TTL attribute; `lease` and `at` are in milliseconds and belong to nobody but us.
 */
const ATTRIBUTES = {
  v: "v",
  state: "state",
  owner: "owner",
  fence: "fence",
  lease: "lease",
  expiresAt: "expiresAt",
  payload: "payload",
  result: "result",
  steps: "steps",
  at: "at",
} as const;

export type RecordAttribute = keyof typeof ATTRIBUTES;

/** Where in a table records stand. */
export interface LayoutOptions {
  /** The table's partition key, a string. Default: `id`. */
  readonly partitionKey?: string;
  /** In front of every partition key, where the table holds other things as well: `IDEMPOTENCY#`. Default: nothing. */
  readonly keyPrefix?: string;
  /** The table's sort key, a string, and the value that all records have there. Default: the table has none. */
  readonly sortKey?: { readonly name: string; readonly value: string };
  /** Other names for attributes: `{ expiresAt: "ttl" }`. All writers of a table must agree. */
  readonly attributes?: { readonly [attribute in RecordAttribute]?: string };
}

/** How records stand in a table. */
export interface Layout {
  readonly partitionKey: string;
  key(id: string): Record<string, AttributeValue>;
  /** The names that an expression uses, for DynamoDB refuses those it does not. */
  namesIn(...expressions: readonly string[]): Record<string, string>;
  /** Reads an item of which it is known that it is a record, or that there was none. */
  oldRecord(item: Item | undefined): IdempotencyRecord | undefined;
  /** Reads an item. One that holds no record of ours (another use of the key) is an error, never "a new key". */
  recordOf(item: Item | undefined): IdempotencyRecord | undefined;
}

export function layout(options: LayoutOptions): Layout {
  const { partitionKey = "id", keyPrefix = "", sortKey, attributes = {} } = options;
  checkOptions("dynamoDBStore", attributes, Object.keys(ATTRIBUTES));
  const names: Record<RecordAttribute, string> = { ...ATTRIBUTES, ...attributes };
  const all = [partitionKey, ...(sortKey === undefined ? [] : [sortKey.name]), ...Object.values(names)];
  if (all.some((name) => typeof name !== "string" || name === "") || new Set(all).size < all.length) {
    throw new InvalidOptionError(
      "dynamoDBStore",
      "the names of keys and attributes must be texts, all different",
    );
  }
  if (typeof keyPrefix !== "string" || (sortKey !== undefined && typeof sortKey.value !== "string")) {
    throw new InvalidOptionError("dynamoDBStore", "keyPrefix and sortKey.value must be texts");
  }
  /** There are a dozen different expressions, and one is used in every write. */
  const namesOf = new Map<string, Record<string, string>>();
  const placeholders: Readonly<Record<string, string>> = { id: partitionKey, ...names };

  function recordOf(item: Item | undefined): IdempotencyRecord | undefined {
    if (item === undefined || Object.keys(item).length === 0) return undefined;
    const text = (name: RecordAttribute): string | undefined => item[names[name]]?.S;
    const number = (name: RecordAttribute): number => Number(item[names[name]]?.N ?? 0);
    const [state, owner, result] = [text("state"), text("owner"), text("result")];
    const version = Number(item[names.v]?.N);
    if (state === undefined || owner === undefined || !Number.isInteger(version)) {
      throw new TypeError(
        "The table holds an item under this key that is not an idempotency record (no v, state, owner).",
      );
    }
    const steps = stepsOf(
      Object.entries(item[names.steps]?.M ?? {}).flatMap(([attribute, { S }]) =>
        S === undefined ? [] : [[nameOfStep(attribute), S] as const],
      ),
    );
    return {
      version,
      state: checkedState(state, version),
      owner,
      fence: number("fence"),
      leaseUntilMs: number("lease"),
      expiresAtMs: number("expiresAt") * 1_000,
      atMs: number("at"),
      payloadHash: text("payload") ?? "-",
      ...(result === undefined ? {} : { result }),
      ...(steps === undefined ? {} : { steps }),
    };
  }

  return {
    partitionKey,
    key: (id) => ({
      [partitionKey]: { S: keyPrefix + id },
      ...(sortKey === undefined ? {} : { [sortKey.name]: { S: sortKey.value } }),
    }),
    namesIn(...expressions) {
      const text = expressions.join(" ");
      const known = namesOf.get(text);
      if (known !== undefined) return known;
      const used = new Set(text.match(/#\w+/g));
      const names = Object.fromEntries(
        Array.from(used, (name) => [name, placeholders[name.slice(1)] ?? name]),
      );
      namesOf.set(text, names);
      return names;
    },
    recordOf,
    // An emulator may show the key alone where there was nothing.
    oldRecord: (item) => (item?.[names.v] === undefined ? undefined : recordOf(item)),
  };
}

/**
 * What a step is called in its record's map: as it is, but for `__proto__`, which AWS clients lose when they make an object
 * of the answer. Names that look the same with more underscores get one more as well, so that no two become one.
 */
export function attributeOfStep(step: string): string {
  return step.replace(/^__+proto__$/, "_$&");
}

function nameOfStep(attribute: string): string {
  return attribute.replace(/^_(__+proto__)$/, "$1");
}
