import type { EncryptionContext } from "./key-provider.ts";

/** Equal contexts give equal text, in whatever order their members come; different ones never do. */
export function contextText(context: EncryptionContext): string {
  const members = Object.entries(context).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(members);
}
