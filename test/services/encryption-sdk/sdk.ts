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
  /** Its identifier; for those that do not commit to their key it is told that they are wanted. */
  readonly suite: number;
}

/** What we write. */
export const UNSIGNED = 0x04_78;
export const SIGNED = 0x05_78;

export const commitsToKey = (suite: number): boolean => suite === UNSIGNED || suite === SIGNED;

/** Another implementation of the AWS Encryption SDK, which reads by its default only what commits to its key. */
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
