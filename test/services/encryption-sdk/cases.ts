import { randomBytes } from "node:crypto";
import type { EncryptionContext } from "holdfast/crypto";
import type { SharedKey } from "./sdk.ts";

/** A message to be written by one side and read by the other. */
export interface Case {
  readonly bytes: number;
  /** Undefined: one piece, without frames. We never write that. */
  readonly frameBytes: number | undefined;
  readonly context: EncryptionContext;
  readonly keys: readonly SharedKey[];
}

export const staticKey = (name: string): SharedKey => ({
  kind: "static",
  namespace: "holdfast",
  name,
  bytes: randomBytes(32),
});

const oneKey = [staticKey("2026-11")];
const KIB = 1_024;
const MIB = KIB * KIB;
const plain = { frameBytes: 64 * KIB, context: { bucket: "logs", key: "a.log" }, keys: oneKey };

/** Round the edges of what a backup's frames and parts of gzip are. */
const sizes = [0, 1, 64 * KIB - 1, 64 * KIB, 64 * KIB + 1, 3 * MIB].map((bytes) => ({ ...plain, bytes }));

const frames = [1, 2, 15, 16, 17, 127, 128, 129, 4 * KIB, MIB].flatMap((frameBytes) =>
  [0, 1, frameBytes - 1, frameBytes, 2 * frameBytes + 1].map((bytes) => ({ ...plain, bytes, frameBytes })),
);

const onePiece = [0, 1, 16, MIB].map((bytes) => ({ ...plain, bytes, frameBytes: undefined }));

/** Orders that languages have for text, and that of bytes, are different ones for the last three. */
const contexts: readonly EncryptionContext[] = [
  {},
  { one: "" },
  { "backup-source": "s3://acme-logs/2026/11/28/ä b.log", "backup-source-version": "null", app: "日志 🪵" },
  { b: "1", B: "2", a: "3", _: "4", "a-b": "5", ab: "6" },
  { ä: "1", z: "2", é: "3" },
  { "\u{1f600}": "beyond 16 bits", "\u{ff5e}": "the last of 16 bits" },
];

export const cases: readonly Case[] = [
  ...sizes,
  ...frames,
  ...onePiece,
  ...contexts.map((context) => ({ ...plain, bytes: 1_000, frameBytes: 128, context })),
  { ...plain, bytes: 1_000, keys: [staticKey("one"), staticKey("another, of some length")] },
  { ...plain, bytes: 1_000, keys: [staticKey("a"), staticKey("ab"), staticKey("abc")] },
];

export const titleOf = ({ bytes, frameBytes, context, keys }: Case): string =>
  `${bytes} bytes in ${frameBytes === undefined ? "one piece" : `frames of ${frameBytes}`}, ${
    keys.length
  } keys, of ${JSON.stringify(context)}`;
