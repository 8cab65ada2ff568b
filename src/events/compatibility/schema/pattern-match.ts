const compiled = new Map<string, RegExp | undefined>();

/** Whether a pattern of a schema matches a text; undefined where it is no pattern. */
export function isMatch(pattern: string, text: string): boolean | undefined {
  if (!compiled.has(pattern)) compiled.set(pattern, compile(pattern));
  return compiled.get(pattern)?.test(text);
}

function compile(pattern: string): RegExp | undefined {
  try {
    return new RegExp(pattern, "u");
  } catch {
    return undefined;
  }
}
