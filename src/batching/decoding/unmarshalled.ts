import { canonicalNumber } from "../../aws/dynamodb-item.ts";
import { checkOptions } from "../../core/options.ts";
import { BodyInvalidError } from "../errors.ts";
import type { StreamItem, StreamValue } from "../sources/dynamodb-stream-event.ts";
import { checkSchema } from "./decoder.ts";
import { checked, type StandardSchema } from "./standard-schema.ts";

/** Reads an item of a DynamoDB stream. What it throws is that record's failure. */
export interface ItemDecoder<T> {
  decodeItem(item: StreamItem): T | Promise<T>;
  /** Reads the key attributes of a change. Default: as `unmarshalled()` does. */
  decodeKeys?(keys: StreamItem): Readonly<Record<string, unknown>>;
}

/**
 * Items as plain values: numbers, texts, `Uint8Array`s, `Set`s, lists and objects.
 *
 * Without a schema their type is believed. DynamoDB's numbers have 38 digits: a whole one beyond `Number.MAX_SAFE_INTEGER` is a `bigint`, and another
 * that a JavaScript number would change is a failure of its record. `numbers: "text"` leaves all of them as texts, those of the keys as well.
 *
 * @throws BodyInvalidError (`BODY_INVALID`).
 * @example
 * ```ts
 * dynamoStreamBatch(async ({ after }, call) => (after === undefined ? undefined : indexOrder(after, call)), { item: unmarshalled<Order>() });
 * ```
 */
export function unmarshalled<T = Readonly<Record<string, unknown>>>(
  options: { readonly schema?: StandardSchema<T>; readonly numbers?: "exact" | "text" } = {},
): ItemDecoder<T> {
  checkOptions("unmarshalled", options, ["schema", "numbers"]);
  const { schema, numbers = "exact" } = options;
  checkSchema("unmarshalled", schema);
  const numberOf = numbers === "text" ? (digits: string) => digits : exactNumber;
  return {
    decodeItem(item) {
      const value = unmarshalItem(item, numberOf);
      // Without a schema, the caller says what it is.
      return schema === undefined ? (value as T) : checked(schema, value, "an item");
    },
    decodeKeys: (keys) => unmarshalItem(keys, numberOf),
  };
}

type NumberOf = (digits: string) => unknown;

/** An item, or the keys of one, as plain values. */
export function unmarshalItem(
  item: StreamItem,
  numberOf: NumberOf = exactNumber,
): Readonly<Record<string, unknown>> {
  // From entries: an attribute may be named `__proto__`.
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plain(value, numberOf)]));
}

function plain(value: StreamValue, numberOf: NumberOf): unknown {
  if ("S" in value) return value.S;
  if ("N" in value) return numberOf(value.N);
  if ("BOOL" in value) return value.BOOL;
  if ("NULL" in value) return null;
  if ("M" in value) return unmarshalItem(value.M, numberOf);
  if ("L" in value) return value.L.map((one) => plain(one, numberOf));
  if ("B" in value) return Buffer.from(value.B, "base64");
  if ("SS" in value) return new Set(value.SS);
  if ("NS" in value) return new Set(value.NS.map(numberOf));
  if ("BS" in value) return new Set(value.BS.map((one) => Buffer.from(one, "base64")));
  throw new BodyInvalidError("an item of known types");
}

/** What a JavaScript number keeps is what it writes again: it writes the fewest digits that tell it from any other. */
function exactNumber(digits: string): number | bigint {
  const value = Number(digits);
  if (WHOLE.test(digits)) return Number.isSafeInteger(value) ? value : BigInt(digits);
  const written = String(value);
  if (written === digits || canonicalNumber(written) === canonicalNumber(digits)) return value;
  throw new BodyInvalidError(
    'an item whose numbers a JavaScript number can hold (or take unmarshalled({ numbers: "text" }))',
  );
}

const WHOLE = /^-?\d+$/;
