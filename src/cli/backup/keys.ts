import type { KeyProvider } from "../../crypto/key-provider.ts";
import { kmsKeyProvider } from "../../crypto/kms-key-provider.ts";
import { severalKeys } from "../../crypto/several-keys.ts";
import { type StaticKey, staticKeyProvider } from "../../crypto/static-key-provider.ts";
import { type Io, UsageError } from "../io.ts";
import type { Clouds } from "./user-clouds.ts";

export const keyOptions = {
  "kms-key": { type: "string", multiple: true },
  "key-file": { type: "string", multiple: true },
  "key-env": { type: "string", multiple: true },
  "key-namespace": { type: "string" },
} as const;

export interface KeyOptions {
  readonly "kms-key"?: readonly string[] | undefined;
  readonly "key-file"?: readonly string[] | undefined;
  readonly "key-env"?: readonly string[] | undefined;
  readonly "key-namespace"?: string | undefined;
}

export const keyUsage = `  --kms-key KEY        the KMS key: ARN, identifier or alias; again for each previous one
  --key-file ID=FILE   or a key that a program holds, by its \`keyId\`: a file with its 32 bytes, or their base64;
  --key-env ID=NAME    or an environment variable with their base64. Again for each previous one
    --key-namespace N  default: holdfast`;

/** The keys that the options name. A key itself is never on a command line, which others can read, and shells remember. */
export function keysFrom(options: KeyOptions, clouds: Clouds, io: Io): KeyProvider {
  const [keyId, ...previousKeyIds] = options["kms-key"] ?? [];
  const held = [
    ...(options["key-file"] ?? []).map((text) => fileKey(text, io)),
    ...(options["key-env"] ?? []).map((text) => variableKey(text, io)),
  ];
  const [newest, ...previous] = held;
  const namespace = options["key-namespace"];
  const providers = [
    ...(keyId === undefined ? [] : [kmsKeyProvider({ transport: clouds.kms(), keyId, previousKeyIds })]),
    ...(newest === undefined
      ? []
      : [
          staticKeyProvider({
            ...newest,
            previous,
            ...(namespace === undefined ? {} : { keyNamespace: namespace }),
          }),
        ]),
  ];
  for (const { key } of held) key.fill(0);
  const [first, ...others] = providers;
  if (first === undefined)
    throw new UsageError("Which keys decrypt it? Give --kms-key, --key-file or --key-env.");
  return others.length === 0 ? first : severalKeys(first, ...others);
}

function fileKey(text: string, io: Io): StaticKey {
  const { keyId, where } = apart("--key-file", "FILE", text);
  const { readFileSync } = process.getBuiltinModule("node:fs");
  const { resolve } = process.getBuiltinModule("node:path");
  let bytes: Buffer;
  try {
    bytes = readFileSync(resolve(io.cwd, where));
  } catch (error) {
    throw new UsageError(`--key-file: ${where} cannot be read (${String(Object(error).code)}).`);
  }
  if (bytes.length === KEY_BYTES) return { keyId, key: bytes };
  const key = fromBase64(bytes.toString("latin1"));
  bytes.fill(0);
  if (key === undefined)
    throw new UsageError(`--key-file: ${where} holds neither ${KEY_BYTES} bytes nor their base64.`);
  return { keyId, key };
}

function variableKey(text: string, io: Io): StaticKey {
  const { keyId, where } = apart("--key-env", "NAME", text);
  const value = io.env[where];
  // A key that was written here by mistake must not be shown again.
  const named = /^\w{1,64}$/.test(where) && value !== undefined ? where : "the variable";
  const key = fromBase64(value ?? "");
  if (key === undefined)
    throw new UsageError(`--key-env: ${named} is not set, or holds no base64 of ${KEY_BYTES} bytes.`);
  return { keyId, key };
}

const KEY_BYTES = 32;

function fromBase64(text: string): Buffer | undefined {
  const trimmed = text.trim();
  if (!/^[A-Za-z0-9+/_-]+={0,2}$/.test(trimmed)) return undefined;
  const key = Buffer.from(trimmed, "base64");
  return key.length === KEY_BYTES ? key : undefined;
}

function apart(
  option: string,
  what: string,
  text: string,
): { readonly keyId: string; readonly where: string } {
  const at = text.indexOf("=");
  if (at < 1 || at === text.length - 1)
    throw new UsageError(`${option} is the key's identifier and where it is: ${option} 2026-11=${what}.`);
  return { keyId: text.slice(0, at), where: text.slice(at + 1) };
}
