import { KMSClient } from "@aws-sdk/client-kms";
import { rootCall } from "holdfast";
import { kmsTransport } from "holdfast/aws/kms";
import {
  type EncryptionContext,
  type KeyProvider,
  kmsKeyProvider,
  severalKeys,
  staticKeyProvider,
} from "holdfast/crypto";
import { piecesOf } from "../../../src/crypto/message/byte-reader.ts";
import { decryptMessage } from "../../../src/crypto/message/decrypt-message.ts";
import { encryptMessage } from "../../../src/crypto/message/encrypt-message.ts";
import type { HowToEncrypt, SharedKey } from "./sdk.ts";

const clients: KMSClient[] = [];

/** Ends what was opened to ask a KMS. */
export function closeClients(): void {
  for (const client of clients.splice(0)) client.destroy();
}

/** Our provider of the same keys. */
export function providerOf(keys: readonly SharedKey[]): KeyProvider {
  const [first, ...others] = keys.map((key) => {
    if (key.kind === "static") {
      return staticKeyProvider({ keyId: key.name, key: key.bytes, keyNamespace: key.namespace });
    }
    const region = key.arn.split(":")[3] ?? "";
    const credentials = { accessKeyId: "x", secretAccessKey: "x" };
    const client = new KMSClient({ endpoint: key.endpoint, region, credentials, maxAttempts: 1 });
    clients.push(client);
    return kmsKeyProvider({ transport: kmsTransport(client), keyId: key.alias ?? key.arn });
  });
  if (first === undefined) throw new Error("no key");
  return severalKeys(first, ...others);
}

/** Our message. It comes in frames, and unsigned. */
export async function encrypted(
  plaintext: Buffer,
  { keys, context, frameBytes }: Pick<HowToEncrypt, "keys" | "context"> & { readonly frameBytes: number },
): Promise<Buffer> {
  const dataKey = await providerOf(keys).generateDataKey(context, call());
  const options = { dataKey: dataKey.plaintext, encryptedDataKeys: dataKey.encrypted, context, frameBytes };
  return together(encryptMessage([plaintext], options));
}

/** What we make of another's message; `context` is shown before it is authenticated, as the key's provider sees it. */
export async function decrypted(
  message: Buffer,
  keys: readonly SharedKey[],
): Promise<{ readonly plaintext: Buffer; readonly context: EncryptionContext }> {
  let shown: EncryptionContext = {};
  const pieces = decryptMessage(piecesOf([message]), {
    maxEncryptedDataKeys: 4,
    maxFrameBytes: 4 * 2 ** 20,
    dataKeyOf(encryptedDataKeys, context) {
      shown = context;
      return providerOf(keys).decryptDataKey(encryptedDataKeys, context, call());
    },
  });
  return { plaintext: await together(pieces), context: { ...shown } };
}

const call = () => rootCall({ timeoutMs: 20_000 });

async function together(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const found: Uint8Array[] = [];
  for await (const piece of pieces) found.push(piece);
  return Buffer.concat(found);
}
