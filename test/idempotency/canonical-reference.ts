/**
 * What `canonical` must tell apart and must not, written as plainly as it can be: tagged JSON, member by member, as RFC
 * 8785 writes it. Slow, and its texts are others; but two values have the same text here exactly when they do there.
 */
export function referenceText(value: unknown): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      return Number.isFinite(value) ? JSON.stringify(value) : `n${value}`;
    case "boolean":
      return value ? "true" : "false";
    case "undefined":
      return "u";
    case "bigint":
      return `i${value}`;
    case "object":
      return value === null ? "null" : objectText(value);
    default:
      throw new TypeError(`A ${typeof value} has no text.`);
  }
}

function objectText(value: object): string {
  if (Array.isArray(value)) return `[${Array.from(value, referenceText).join(",")}]`;
  if (value instanceof Date) return `d${value.getTime()}`;
  if (value instanceof Map) return `m${unorderedText([...value])}`;
  if (value instanceof Set) return `s${unorderedText([...value])}`;
  if (ArrayBuffer.isView(value)) {
    const kind = value instanceof Uint8Array ? "" : value.constructor.name;
    return `b${kind}"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64")}"`;
  }
  const record = value as Readonly<Record<string, unknown>>;
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${referenceText(record[name])}`);
  return `{${members.join(",")}}`;
}

function unorderedText(items: readonly unknown[]): string {
  return `[${items.map(referenceText).sort().join(",")}]`;
}
