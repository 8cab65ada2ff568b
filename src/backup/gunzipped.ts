/**
 * Unpacks gzip members as they come, a piece at a time; whoever stops reading stops the source. Throws zlib's error for what is no gzip, or is
 * cut. (What is behind the last member, and is no member, zlib drops: count what comes.)
 */
export async function* gunzipped(
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  const { createGunzip } = process.getBuiltinModule("node:zlib");
  const { pipeline } = process.getBuiltinModule("node:stream");
  // Ends with the source's error, which the iteration throws.
  yield* pipeline(source, createGunzip({ chunkSize: 65_536 }), () => {}) as AsyncIterable<Buffer>;
}
