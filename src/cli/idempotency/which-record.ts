import { type RecordOf, recordId } from "../../idempotency/admin/record-id.ts";
import { UsageError } from "../io.ts";

export const recordOptions = {
  id: { type: "string" },
  operation: { type: "string" },
  key: { type: "string" },
  tenant: { type: "string" },
} as const;

export interface RecordOptions {
  readonly id?: string | undefined;
  readonly operation?: string | undefined;
  readonly key?: string | undefined;
  readonly tenant?: string | undefined;
}

export const recordUsage = `  Which record:
  --id ID              as logs show it: 'post-entry#…'
  --operation NAME     or by operation and key; the key is JSON, where a word that is none is a text,
  --key JSON           and an object is a key of named parts: order-1, '"42"', '{"order":"o-1","line":2}'
  --tenant JSON        of functions with \`tenant\``;

/** The identifier that the options name. */
export function idFrom({ id, operation, key, tenant }: RecordOptions): string {
  if (id !== undefined) {
    if (operation !== undefined || key !== undefined || tenant !== undefined) {
      throw new UsageError("Give --id, or --operation with --key, not both.");
    }
    if (!id.includes("#")) {
      throw new UsageError("An --id is an operation and a hash: 'post-entry#…'.");
    }
    return id;
  }
  if (operation === undefined || key === undefined) {
    throw new UsageError("Which record? Give --id, or --operation and --key.");
  }
  const named: RecordOf = {
    operation,
    key: keyFrom(key),
    ...(tenant === undefined ? {} : { tenant: tenantFrom(tenant) }),
  };
  try {
    return recordId(named);
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** What to try when there is no such record: a key is easily written as another one. */
export function hintFor({ id, key, tenant }: RecordOptions): string {
  if (id !== undefined)
    return "Is it the right table, region or store? Records are deleted some time after they expire.";
  const number = [key, tenant].find((text) => text !== undefined && typeof parsedJson(text) === "number");
  const asText =
    number === undefined ? "" : ` If ${number} is a text in your code, write it as '"${number}"'.`;
  return `Are operation, key and tenant what the function gives, and is it the right table, region or store?${asText}`;
}

function keyFrom(text: string): RecordOf["key"] {
  const value = parsedJson(text);
  if (typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new UsageError(`A --key is a text, a number or an object of named parts.`);
}

function tenantFrom(text: string): string | number {
  const value = parsedJson(text);
  if (typeof value === "string" || typeof value === "number") return value;
  throw new UsageError("A --tenant is a text or a number.");
}

/** JSON, or the word itself. A number that JSON would change (a long id) stays a text. */
function parsedJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "number" && !Number.isSafeInteger(value) && Number.isInteger(value)
      ? text
      : value;
  } catch {
    return text;
  }
}
