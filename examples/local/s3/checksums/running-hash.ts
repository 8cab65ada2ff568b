/** A hash of bytes that come piece by piece. `digest` is called once, at the end. */
export interface RunningHash {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
}
