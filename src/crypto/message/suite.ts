/**
 * An algorithm suite of the AWS Encryption SDK that this reads; both derive a data key for each message and commit to it.
 *
 * Source: AWS Encryption SDK Specification, "Algorithm Suites".
 */
export interface Suite {
  readonly id: number;
  /** Whether the message ends with an ECDSA signature (P-384, SHA-384) over all before it. */
  readonly isSigned: boolean;
}

/** AES-256-GCM, HKDF-SHA-512, key commitment. What is written. */
export const COMMITTING: Suite = { id: 0x04_78, isSigned: false };

const COMMITTING_SIGNED: Suite = { id: 0x05_78, isSigned: true };

export function suiteOf(id: number): Suite | undefined {
  return [COMMITTING, COMMITTING_SIGNED].find((suite) => suite.id === id);
}

export const VERSION = 2;
export const MESSAGE_ID_BYTES = 32;
export const COMMITMENT_BYTES = 32;

/** How the body is written. Source: "Message Header", "Content Type". */
export const FRAMED = 2;
export const NON_FRAMED = 1;
