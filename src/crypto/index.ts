export type { AwsTransport } from "../aws/transport.ts";
export type { DataKey, EncryptedDataKey, EncryptionContext, KeyProvider } from "./key-provider.ts";
export { type KmsKeyOptions, kmsKeyProvider } from "./kms-key-provider.ts";
export { severalKeys } from "./several-keys.ts";
export { type StaticKey, type StaticKeyOptions, staticKeyProvider } from "./static-key-provider.ts";
