import { pathToFileURL } from "node:url";
import { KMS } from "@aws-sdk/client-kms";
import type { EncryptionContext } from "holdfast/crypto";
import { commitsToKey, type Implementation, installed, type SharedKey } from "./sdk.ts";

/** What is used of @aws-crypto/client-node. Source: its version 5.0.2, *.d.ts. */
interface Library {
  readonly CommitmentPolicy: {
    readonly REQUIRE_ENCRYPT_REQUIRE_DECRYPT: string;
    readonly FORBID_ENCRYPT_ALLOW_DECRYPT: string;
  };
  readonly RawAesWrappingSuiteIdentifier: {
    readonly AES256_GCM_IV12_TAG16_NO_PADDING: number;
  };
  readonly RawAesKeyringNode: new (options: object) => Keyring;
  readonly KmsKeyringNode: new (options: object) => Keyring;
  readonly MultiKeyringNode: new (options: object) => Keyring;
  buildClient(policy: string): {
    encrypt(keyring: Keyring, plaintext: Buffer, options: object): Promise<{ readonly result: Buffer }>;
    decrypt(
      keyring: Keyring,
      message: Buffer,
    ): Promise<{
      readonly plaintext: Buffer;
      readonly messageHeader: { readonly encryptionContext: EncryptionContext };
    }>;
  };
}

type Keyring = object;

/** The AWS Encryption SDK for JavaScript, in this process. */
export const nodeSdk: Implementation = {
  title: "the SDK for JavaScript",
  frameUnit: 1,
  canWriteOnePiece: false,
  async start() {
    const path = installed("HOLDFAST_TEST_CLIENT_NODE");
    const { default: library } = (await import(pathToFileURL(path).href)) as { readonly default: Library };
    const { REQUIRE_ENCRYPT_REQUIRE_DECRYPT, FORBID_ENCRYPT_ALLOW_DECRYPT } = library.CommitmentPolicy;
    const client = library.buildClient(REQUIRE_ENCRYPT_REQUIRE_DECRYPT);
    const withoutCommitment = library.buildClient(FORBID_ENCRYPT_ALLOW_DECRYPT);
    const clients: KMS[] = [];

    function keyringOf(key: SharedKey, isFirst: boolean): Keyring {
      if (key.kind === "static") {
        return new library.RawAesKeyringNode({
          keyNamespace: key.namespace,
          keyName: key.name,
          // Its own memory, which it asks for.
          unencryptedMasterKey: Uint8Array.from(key.bytes),
          wrappingSuite: library.RawAesWrappingSuiteIdentifier.AES256_GCM_IV12_TAG16_NO_PADDING,
          // As the format says; without it names are sorted by the machine's language.
          utf8Sorting: true,
        });
      }
      const clientProvider = (region: string): KMS => {
        const credentials = { accessKeyId: "x", secretAccessKey: "x" };
        const made = new KMS({ endpoint: key.endpoint, region, credentials, maxAttempts: 1 });
        clients.push(made);
        return made;
      };
      const which = isFirst ? { generatorKeyId: key.arn } : { keyIds: [key.arn] };
      return new library.KmsKeyringNode({ clientProvider, ...which });
    }

    const keyringOfAll = (keys: readonly SharedKey[]): Keyring => {
      const [generator, ...children] = keys.map((key, index) => keyringOf(key, index === 0));
      return new library.MultiKeyringNode({ generator, children });
    };

    return {
      async encrypt(plaintext, { keys, context, frameBytes, suite }) {
        const { result } = await (commitsToKey(suite) ? client : withoutCommitment).encrypt(
          keyringOfAll(keys),
          plaintext,
          {
            suiteId: suite,
            encryptionContext: context,
            frameLength: frameBytes,
          },
        );
        return result;
      },
      async decrypt(message, keys) {
        const { plaintext, messageHeader } = await client.decrypt(keyringOfAll(keys), message);
        return { plaintext, context: messageHeader.encryptionContext };
      },
      async stop() {
        for (const made of clients) made.destroy();
      },
    };
  },
};
