import type { EncryptionContext } from "holdfast/crypto";

/** A key that both sides know: one that programs hold, or one of a KMS. */
export type SharedKey =
  | { readonly kind: "static"; readonly namespace: string; readonly name: string; readonly bytes: Buffer }
  | {
      readonly kind: "kms";
      readonly arn: string;
      readonly endpoint: string;
      /** What our side calls it by. Default: the ARN, by which the others do. */
      readonly alias?: string;
    };

export interface HowToEncrypt {
  /** Any one of them decrypts. */
  readonly keys: readonly SharedKey[];
  readonly context: EncryptionContext;
  /** Undefined: one piece, without frames. */
  readonly frameBytes: number | undefined;
  /** With a signature it is suite 0x0578, without one 0x0478. */
  readonly isSigned: boolean;
}

/** Another implementation of the AWS Encryption SDK, with the key commitment that it asks for by default. */
export interface OtherSdk {
  encrypt(plaintext: Buffer, how: HowToEncrypt): Promise<Buffer>;
  /** Rejects for what it does not decrypt. */
  decrypt(
    message: Buffer,
    keys: readonly SharedKey[],
  ): Promise<{ readonly plaintext: Buffer; readonly context: EncryptionContext }>;
  stop(): Promise<void>;
}

/** One of them, and what it cannot write. */
export interface Implementation {
  readonly title: string;
  /** Frames that it writes are multiples of this. */
  readonly frameUnit: number;
  /** Whether it writes messages without frames. */
  readonly canWriteOnePiece: boolean;
  start(): Promise<OtherSdk>;
}

/** Where `npm run test:services` has put it. */
export function installed(variable: string): string {
  const path = process.env[variable];
  if (path === undefined) throw new Error(`no ${variable}: npm run test:services -- --only encryption-sdk`);
  return path;
}
