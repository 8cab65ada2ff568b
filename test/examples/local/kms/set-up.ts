import { CreateKeyCommand, KMSClient } from "@aws-sdk/client-kms";
import { afterEach } from "vitest";
import { type Kms, startKms } from "../../../../examples/local/kms/server.ts";
import type { Key } from "../../../../examples/local/template/stack.ts";
import { type ManualClock, manualClock } from "../eventbridge/manual-clock.ts";

export const arnStart = "arn:aws:kms:eu-west-1:123456789012";
export const DAY_MS = 86_400_000;

export interface SetUp {
  readonly kms: Kms;
  readonly client: KMSClient;
  readonly clock: ManualClock;
}

const running: SetUp[] = [];
afterEach(async () => {
  for (const { kms, client } of running.splice(0)) {
    client.destroy();
    await kms.stop();
  }
});

export async function setUp(
  options: { readonly keys?: readonly Key[]; readonly speed?: number } = {},
): Promise<SetUp> {
  const clock = manualClock(options.speed);
  const kms = await startKms({
    keys: options.keys ?? [],
    region: "eu-west-1",
    accountId: "123456789012",
    clock,
  });
  const client = new KMSClient({
    endpoint: kms.endpoint,
    region: "eu-west-1",
    credentials: { accessKeyId: "x", secretAccessKey: "x" },
    maxAttempts: 1,
  });
  const made = { kms, client, clock };
  running.push(made);
  return made;
}

/** A new key's id. */
export async function newKey(client: KMSClient): Promise<string> {
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  return KeyMetadata?.KeyId ?? "";
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (of: Uint8Array | undefined): string => new TextDecoder().decode(of);
