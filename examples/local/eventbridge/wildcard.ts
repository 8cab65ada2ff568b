/** A wildcard split at its `*`: `["dir/", ".png"]` for `dir/*.png`; one part when there is no `*`. */
export type Wildcard = readonly string[];

/**
 * Splits a wildcard at its stars and resolves its escapes: `\*` is a star, `\\` is a backslash.
 *
 * @returns what is wrong with the text, when it is: two stars in a row or another escape (AWS page
 * 'Comparison operators for use in event patterns', section 'Escape characters in wildcards').
 */
export function parseWildcard(text: string): Wildcard | { readonly wrong: string } {
  const parts: string[] = [];
  let part = "";
  for (let at = 0; at < text.length; at++) {
    const char = text.charAt(at);
    const next = text.charAt(at + 1);
    if (char === "*") {
      if (next === "*") return { wrong: `two wildcard characters in a row at character ${at}; write one *` };
      parts.push(part);
      part = "";
    } else if (char === "\\") {
      if (next !== "*" && next !== "\\") {
        return { wrong: `a backslash at character ${at} escapes only * and \\; write \\\\ for a backslash` };
      }
      part += next;
      at++;
    } else {
      part += char;
    }
  }
  return [...parts, part];
}

/** Whether the whole text matches, in one pass: each part is taken at its first place after the one before. */
export function matchesWildcard(wildcard: Wildcard, text: string): boolean {
  const first = wildcard[0] ?? "";
  if (wildcard.length === 1) return text === first;
  const last = wildcard.at(-1) ?? "";
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const part of wildcard.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
