import { randomBytes } from "node:crypto";
import { rootCall } from "holdfast";
import type { AwsTransport } from "holdfast/aws/s3";
import { backupWriter, type Manifest } from "holdfast/backup";
import { type KeyProvider, staticKeyProvider } from "holdfast/crypto";
import { type ManualRuntime, manualRuntime } from "holdfast/testing";
import { backupWith } from "../../../src/cli/backup/index.ts";
import { type MemoryS3, memoryS3, s3Error } from "../../backup/memory-s3.ts";
import { type Ran, type RunOptions, runCommand } from "../fake-io.ts";

export const key = randomBytes(32);
export const bytes = randomBytes(300_000);

export interface Bucket {
  readonly s3: MemoryS3;
  readonly clock: ManualRuntime;
  write(name: string, version: string, changes?: { keyProvider?: KeyProvider }): Promise<Manifest>;
  /** Runs `holdfast backup …`; the key is in the variable KEY. */
  holdfast(args: string, options?: RunOptions): Promise<Ran>;
}

export type Step = (
  operation: string,
  send: () => Promise<Record<string, unknown>>,
  input: object,
) => Promise<Record<string, unknown>>;

/** A bucket of backups, and the command on it, whose requests pass `step`. */
export function onABucket(step: Step = (_operation, send) => send()): Bucket {
  const clock = manualRuntime();
  const s3 = memoryS3(clock.now);
  const transport: AwsTransport = {
    call: (operation, input, call) => step(operation, () => s3.call(operation, input, call), input),
  };
  const kms: AwsTransport = {
    call: async () => {
      throw s3Error("ThrottlingException", 400);
    },
  };
  const command = backupWith(() => ({ s3: () => transport, kms: () => kms }));
  return {
    s3,
    clock,
    async write(name, version, { keyProvider = staticKeyProvider({ keyId: "k", key }) } = {}) {
      const writer = backupWriter({ transport: s3, bucket: "b", keyProvider });
      async function* read() {
        yield bytes;
      }
      const call = rootCall({ runtime: clock });
      return (await writer.write({ source: { name, version }, read }, call)).manifest;
    },
    holdfast: (args, options) =>
      runCommand(command, args.split(" "), {
        runtime: clock,
        env: { KEY: key.toString("base64") },
        ...options,
      }),
  };
}
