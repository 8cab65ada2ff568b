/**
 * Tells one schema's text from another's: FNV-1a (IETF, draft-eastlake-fnv) over its UTF-16 units, from two starts.
 *
 * Against mistakes, not against someone who looks for two texts of one fingerprint. Not SHA-256, whose module
 * costs a cold start more than all the rest of a compiled validator.
 */
export function fingerprint(text: string): string {
  let one = 0x811c9dc5;
  let other = 0x9747b28c;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    one = Math.imul(one ^ unit, 0x01000193);
    other = Math.imul(other ^ unit, 0x01000193);
  }
  return hex(one) + hex(other);
}

function hex(number: number): string {
  return (number >>> 0).toString(16).padStart(8, "0");
}
