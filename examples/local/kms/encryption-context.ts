import type { Input } from "./input.ts";
import { invalid } from "./kms-error.ts";

/** Names and values that must be given again, exactly, to decrypt. */
export type EncryptionContext = Readonly<Record<string, string>>;

export function readContext(input: Input, name: string): EncryptionContext {
  const value = input[name] ?? {};
  if (typeof value !== "object" || Array.isArray(value)) throw invalid(`${name} is no map of texts`);
  const entries = Object.entries(value).map(([key, text]): [string, string] => {
    if (typeof text !== "string") throw invalid(`${name}: the value of "${key}" is no text`);
    return [key, text];
  });
  return Object.fromEntries(entries);
}

/**
 * The context as bytes: the same for the same pairs in any order, and different for any two different contexts,
 * since each text comes with its length. Source: KMS Developer Guide, 'Encryption context'.
 */
export function contextBytes(context: EncryptionContext): Buffer {
  const sorted = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return Buffer.concat(sorted.flat().map(lengthAndBytes));
}

function lengthAndBytes(text: string): Buffer {
  // Not UTF-8, which would make one of all lone surrogates.
  const bytes = Buffer.from(text, "utf16le");
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}
