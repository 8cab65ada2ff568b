import type { AttributeValue } from "@aws-sdk/client-dynamodb";

export type StoredItem = Readonly<Record<string, AttributeValue>>;

/**
 * Bytes of an item as DynamoDB counts them, for the types that records and their neighbours have.
 * Source: Amazon DynamoDB Developer Guide, "DynamoDB item sizes and formats".
 */
export function itemBytes(item: StoredItem): number {
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  );
}

function valueBytes({ S, N, M }: AttributeValue): number {
  if (S !== undefined) return Buffer.byteLength(S);
  if (N !== undefined) return Math.ceil(N.replace(/[-.]|^0+|0+$/g, "").length / 2) + 1;
  if (M !== undefined) return 3 + itemBytes(M) + Object.keys(M).length;
  throw new Error("The size of this type is not known here");
}

/** Units that writing so many bytes costs: one for each KB, and one at least. */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / 1_024));
}
