import { DecryptCommand, EncryptCommand, GenerateDataKeyCommand, type KMSClient } from "@aws-sdk/client-kms";
import { commandTransport } from "./command-transport.ts";
import type { AwsTransport } from "./transport.ts";

export type { AwsTransport } from "./transport.ts";

/**
 * What key providers need of KMS, done by an AWS SDK v3 client.
 *
 * @example
 * ```ts
 * const keyProvider = kmsKeyProvider({ transport: kmsTransport(new KMSClient({})), keyId: "alias/results" });
 * ```
 */
export function kmsTransport(client: KMSClient): AwsTransport {
  return commandTransport("kmsTransport", client, {
    GenerateDataKey: GenerateDataKeyCommand,
    Encrypt: EncryptCommand,
    Decrypt: DecryptCommand,
  });
}
