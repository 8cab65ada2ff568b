/** A value in DynamoDB's own form: `{ S: "text" }`, `{ N: "1.5" }`. Fits the AWS SDK's low-level client. */
export interface DynamoDBValue {
  readonly S?: string | undefined;
  readonly N?: string | undefined;
  readonly B?: Uint8Array | undefined;
  readonly BOOL?: boolean | undefined;
  readonly NULL?: boolean | undefined;
  readonly SS?: readonly string[] | undefined;
  readonly NS?: readonly string[] | undefined;
  readonly BS?: readonly Uint8Array[] | undefined;
  readonly L?: readonly DynamoDBValue[] | undefined;
  readonly M?: DynamoDBItem | undefined;
}

export type DynamoDBItem = Readonly<Record<string, DynamoDBValue>>;

/** What a list or a map costs besides its elements, and each element besides itself. */
const COLLECTION_BYTES = 3;
const ELEMENT_BYTES = 1;

/** What one item may have. Source: Amazon DynamoDB Developer Guide, "Quotas in Amazon DynamoDB". */
export const MAX_ITEM_BYTES: number = 400 * 1024;

/**
 * Bytes of an item as DynamoDB counts them against its 400 KB; of numbers AWS gives the size only approximately, and
 * what is counted here is the least that it can mean.
 *
 * Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats".
 */
export function itemBytes(item: DynamoDBItem): number {
  let bytes = 0;
  for (const [name, value] of Object.entries(item)) bytes += Buffer.byteLength(name) + valueBytes(value);
  return bytes;
}

function valueBytes(value: DynamoDBValue): number {
  const { S, N, B, SS, NS, BS, L, M } = value;
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return numberBytes(N);
  if (B !== undefined) return B.byteLength;
  if (SS !== undefined) return sum(SS, Buffer.byteLength);
  if (NS !== undefined) return sum(NS, numberBytes);
  if (BS !== undefined) return sum(BS, (one) => one.byteLength);
  if (L !== undefined) return COLLECTION_BYTES + sum(L, (one) => ELEMENT_BYTES + valueBytes(one));
  if (M !== undefined) return COLLECTION_BYTES + ELEMENT_BYTES * Object.keys(M).length + itemBytes(M);
  return 1;
}

/** A byte for every two significant digits, of which zero has none, and one more. */
function numberBytes(text: string): number {
  const digits = canonicalNumber(text).replace(/^0$|e.*$|\D/g, "").length;
  return Math.ceil(digits / 2) + 1;
}

function sum<T>(list: readonly T[], bytesOf: (one: T) => number): number {
  return list.reduce((bytes, one) => bytes + bytesOf(one), 0);
}

/** Bytes of an item as it is sent, in JSON with base64; a few too many. */
export function jsonBytes(item: DynamoDBItem, bytesOf: (text: string) => number = quotedBytes): number {
  let bytes = 2;
  for (const name in item) {
    const value = Object.hasOwn(item, name) ? item[name] : undefined;
    if (value !== undefined) bytes += bytesOf(name) + 2 + jsonValueBytes(value, bytesOf);
  }
  return bytes;
}

/**
 * The most that `jsonBytes` and `itemBytes` can come to, from the lengths of an item's texts alone: a UTF-16 unit takes
 * six bytes at most, as `\u0000` does.
 */
export function mostBytes(item: DynamoDBItem): number {
  return jsonBytes(item, mostQuotedBytes);
}

/** `{"BOOL":false}` is the longest that a value's own braces, name and commas take. */
const WRAPPING_BYTES = 14;

function jsonValueBytes(value: DynamoDBValue, bytesOf: (text: string) => number): number {
  const { S, N, B, SS, NS, BS, L, M } = value;
  let bytes = WRAPPING_BYTES;
  if (S !== undefined) bytes += bytesOf(S);
  if (N !== undefined) bytes += bytesOf(N);
  if (B !== undefined) bytes += base64Bytes(B);
  if (SS !== undefined) bytes += sum(SS, (one) => bytesOf(one) + 1);
  if (NS !== undefined) bytes += sum(NS, (one) => bytesOf(one) + 1);
  if (BS !== undefined) bytes += sum(BS, (one) => base64Bytes(one) + 1);
  if (L !== undefined) bytes += sum(L, (one) => jsonValueBytes(one, bytesOf) + 1);
  if (M !== undefined) bytes += jsonBytes(M, bytesOf);
  return bytes;
}

function quotedBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

function mostQuotedBytes(text: string): number {
  return 6 * text.length + 2;
}

function base64Bytes(binary: Uint8Array): number {
  return Math.ceil(binary.byteLength / 3) * 4 + 2;
}

/**
 * A text that is equal for the keys that DynamoDB takes for equal: `1`, `1.0` and `10e-1` are one number. Undefined when
 * a key attribute is missing or is no string, number or binary.
 */
export function keyText(item: DynamoDBItem, keyAttributes: readonly string[]): string | undefined {
  const parts: string[] = [];
  for (const name of keyAttributes) {
    const { S, N, B } = (Object.hasOwn(item, name) ? item[name] : undefined) ?? {};
    if (S !== undefined) parts.push(`S${S}`);
    else if (N !== undefined) parts.push(`N${canonicalNumber(N)}`);
    else if (B !== undefined) parts.push(`B${Buffer.from(B).toString("base64")}`);
    else return undefined;
  }
  return parts.length === 1 ? parts[0] : JSON.stringify(parts);
}

/** Digits without leading and trailing zeros, and the exponent of the last one. What is no number stays as it is. */
export function canonicalNumber(text: string): string {
  const found = /^\s*([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d+))?\s*$/.exec(text);
  if (found === null) return text;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = found;
  const digits = (whole + fraction).replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  const power = Number(exponent) - fraction.length + (digits.length - significant.length);
  return `${sign === "-" ? "-" : ""}${significant}e${power}`;
}
