import { randomUUID } from "node:crypto";
import { startHttpServer } from "../process/http-server.ts";
import { jsonListener } from "../process/json-protocol.ts";
import type { Running } from "../services.ts";
import { aliasOperations } from "./alias-operations.ts";
import { cryptography } from "./cryptography.ts";
import { keyOperations } from "./key-operations.ts";
import { type KeyRingOptions, makeKeyRing } from "./key-ring.ts";

export interface Kms extends Running {
  /** For AWS_ENDPOINT_URL_KMS. */
  readonly endpoint: string;
}

/** A request's largest members are some kilobytes; policies and tags come on top. */
const MAX_BODY_BYTES = 1_048_576;

/**
 * Starts KMS's API (AWS JSON 1.1) on a free loopback port, with the templates' keys.
 *
 * It encrypts with AES-256-GCM; its key material is made anew in each run and is only in memory. Symmetric keys
 * that KMS makes itself are all there are: no signing, no MACs, no imported or multi-Region keys, no keys of AWS.
 * Policies, grant tokens and tags are taken and not acted upon, as IAM is not enforced here.
 */
export async function startKms(options: Omit<KeyRingOptions, "newKeyId">): Promise<Kms> {
  const ring = makeKeyRing({ ...options, newKeyId: randomUUID });
  const api = jsonListener({
    name: "KMS",
    version: "1.1",
    target: "TrentService",
    operations: {
      ...cryptography(ring),
      ...keyOperations(ring, options.clock),
      ...aliasOperations(ring),
    },
    maxBodyBytes: MAX_BODY_BYTES,
    tooLarge: "ValidationException",
    internal: "KMSInternalException",
  });
  const server = await startHttpServer(api);
  return { endpoint: `http://127.0.0.1:${server.port}`, stop: server.stop };
}
