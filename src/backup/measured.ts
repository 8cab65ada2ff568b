import { HoldfastError } from "../core/errors.ts";

/** A hash, keyed or not, of Node's own. */
export interface Digest {
  update(bytes: Uint8Array): unknown;
  digest(encoding: "base64"): string;
}

/** What has passed so far. */
export interface Measure {
  readonly bytes: number;
  /** Of all bytes, in base64: to be asked once, when the stream has ended. */
  digest(): string;
}

export interface Measuring {
  through(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined>;
  readonly measure: Measure;
}

/** Counts and hashes what passes. */
export function measuring(hash: Digest): Measuring {
  let bytes = 0;
  async function* through(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const piece of source) {
      if (!(piece instanceof Uint8Array)) throw notBytes(piece);
      bytes += piece.length;
      hash.update(piece);
      yield piece;
    }
  }
  const measure: Measure = {
    get bytes() {
      return bytes;
    },
    digest: () => hash.digest("base64"),
  };
  return { through, measure };
}

/** Node's streams of texts are typed as streams of anything. */
function notBytes(piece: unknown): HoldfastError {
  return new HoldfastError(
    "BACKUP_SOURCE_NOT_BYTES",
    `The source gave a piece that is no Uint8Array but a value of type ${typeof piece}: leave the encoding away, or encode it.`,
  );
}
