/**
 * An id that is equal for equal parts: 64 hexadecimal digits, SHA-256 over the parts and their lengths.
 *
 * Two entries that mean different things and have the same parts get the same id, so give it what tells them apart. A part
 * that is left out (`undefined`) is not an empty one.
 *
 * @example
 * ```ts
 * const id = contentId("order-placed", order.orderId, JSON.stringify(order));
 * ```
 */
export function contentId(...parts: readonly (string | Uint8Array | undefined)[]): string {
  const hash = process.getBuiltinModule("node:crypto").createHash("sha256");
  for (const part of parts) {
    if (part === undefined) hash.update("-;");
    else {
      const bytes = typeof part === "string" ? Buffer.from(part) : part;
      hash.update(`${bytes.byteLength};`).update(bytes);
    }
  }
  return hash.digest("hex");
}
