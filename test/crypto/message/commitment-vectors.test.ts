import { expect, test } from "vitest";
import { contextBytes } from "../../../src/crypto/message/context-bytes.ts";
import { decryptMessage } from "../../../src/crypto/message/decrypt-message.ts";
import file from "./commitment-vectors.json" with { type: "json" };

const base64 = (text: string): Buffer => Buffer.from(text, "base64");

/** A message in pieces of so many bytes. */
async function* pieces(message: Buffer, length: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < message.length; at += length) yield message.subarray(at, at + length);
}

async function decrypted(
  { message, dataKey, context }: (typeof file.vectors)[number],
  length: number,
): Promise<string> {
  const found: Buffer[] = [];
  const plaintext = decryptMessage(pieces(base64(message), length), {
    maxEncryptedDataKeys: 2,
    maxFrameBytes: 4_096,
    dataKeyOf: async (_keys, shown) => {
      expect(contextBytes(shown)).toEqual(contextBytes(context as Readonly<Record<string, string>>));
      return base64(dataKey);
    },
  });
  for await (const piece of plaintext) found.push(piece);
  return Buffer.concat(found).toString();
}

const valid = file.vectors.filter(({ plaintext }) => plaintext !== null);
const invalid = file.vectors.filter(({ plaintext }) => plaintext === null);

test.each(valid)("$title: what another SDK wrote is read", async (vector) => {
  for (const length of [1, 7, 1_000_000]) expect(await decrypted(vector, length)).toBe(vector.plaintext);
});

test.each(invalid)("$title: a message that commits to another data key is refused", async (vector) => {
  await expect(decrypted(vector, 1_000_000)).rejects.toMatchObject({
    code: "MESSAGE_REFUSED",
    message: expect.stringContaining("under another data key"),
  });
});

test("there are vectors of both kinds", () => {
  expect([valid.length, invalid.length]).toEqual([41, 5]);
});
