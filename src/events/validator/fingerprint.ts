/**
 * Tells one schema's text from another's: two passes of FNV-1a (IETF draft-eastlake-fnv) from different starts.
 *
 * Against mistakes, not against someone who looks for two texts of one fingerprint. Not SHA-256, whose module
 * costs a cold start more than all the rest of a compiled validator.
 */
export function fingerprint(text: string): string {
  return hex(fnv1a(text, 0x811c9dc5)) + hex(fnv1a(text, 0x9747b28c));
}

function fnv1a(text: string, start: number): number {
  let hash = start;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  return hash >>> 0;
}

function hex(number: number): string {
  return number.toString(16).padStart(8, "0");
}
