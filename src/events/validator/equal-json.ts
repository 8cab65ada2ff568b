/**
 * Whether two JSON values are equal, whatever the order of members.
 *
 * Not by the members that objects inherit: `{"constructor": …}` and `{"valueOf": …}` are data like any other.
 */
export function equalJson(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) || Array.isArray(other)) return equalLists(one, other);
  const names = Object.keys(one);
  if (names.length !== Object.keys(other).length) return false;
  return names.every(
    (name) =>
      Object.hasOwn(other, name) &&
      equalJson((one as Record<string, unknown>)[name], (other as Record<string, unknown>)[name]),
  );
}

function equalLists(one: unknown, other: unknown): boolean {
  if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
  return one.every((item, index) => equalJson(item, other[index]));
}

/** Whether no two items are equal, in time that grows with their text, not with the square of their number. */
export function uniqueJson(items: readonly unknown[]): boolean {
  const seen = new Set<unknown>();
  for (const item of items) {
    // A text of an object begins with { or [; of a string, here, with ".
    const key = typeof item === "string" ? `"${item}` : typeof item === "object" ? canonical(item) : item;
    if (seen.has(key)) return false;
    seen.add(key);
  }
  return true;
}

/** One text for equal values: members in the order of their names. */
function canonical(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  const members = Object.keys(value).sort();
  return `{${members
    .map((name) => `${JSON.stringify(name)}:${canonical((value as Record<string, unknown>)[name])}`)
    .join()}}`;
}
