/** What a snapshot's object says of itself. */
export interface About {
  readonly name: string;
  readonly reducer: number;
  readonly stream: string;
  readonly version: number;
  readonly lastId: string;
  readonly recordedUntilMs: number;
}

/** Counted up when the object's form changes. */
const FORMAT = 1;

/** The object's bytes: a line with the SHA-256 of what follows, a line of JSON that says what it is, and the state. */
export function packed(about: About, state: string): Uint8Array {
  const content = `${JSON.stringify({ format: FORMAT, ...about })}\n${state}`;
  return new TextEncoder().encode(`${digest(content)}\n${content}`);
}

/** Undefined for anything but what `packed` has made: cut, changed, or of another format. */
export function unpacked(bytes: Uint8Array): { readonly about: About; readonly state: string } | undefined {
  const text = new TextDecoder().decode(bytes);
  const firstEnd = text.indexOf("\n");
  const content = text.slice(firstEnd + 1);
  if (firstEnd === -1 || text.slice(0, firstEnd) !== digest(content)) return undefined;
  const secondEnd = content.indexOf("\n");
  const about: unknown = JSON.parse(content.slice(0, secondEnd));
  if (Object(about).format !== FORMAT) return undefined;
  // The digest says that `packed` has written it.
  return { about: about as About, state: content.slice(secondEnd + 1) };
}

function digest(content: string): string {
  return process.getBuiltinModule("node:crypto").hash("sha256", content);
}
