/**
 * Bytes that nobody can foresee, for keys and initialisation vectors.
 *
 * The one chance that does not come from the call's runtime, and the linter excepts this file alone: a test may seed
 * that runtime, and a seeded key is no key. What a test can say of ciphertexts never depends on these bytes.
 */
export function secureRandomBytes(length: number): Buffer {
  return process.getBuiltinModule("node:crypto").randomBytes(length);
}
