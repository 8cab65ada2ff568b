export type { AwsTransport } from "../aws/transport.ts";
export { type MemoryObjectStore, memoryObjectStore } from "./memory-object-store.ts";
export type { ObjectStore } from "./object-store.ts";
export { type S3ObjectStoreOptions, s3ObjectStore } from "./s3-object-store.ts";
