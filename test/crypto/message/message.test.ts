import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { EncryptionContext } from "../../../src/crypto/key-provider.ts";
import { decryptMessage } from "../../../src/crypto/message/decrypt-message.ts";
import { encryptMessage } from "../../../src/crypto/message/encrypt-message.ts";

const FRAME = 16;
const dataKey: Buffer = randomBytes(32);
const encryptedDataKeys = [
  { providerId: "keys", providerInfo: Buffer.from("2026-11"), ciphertext: Buffer.from("the key, encrypted") },
];
const context = { bucket: "logs", key: "2026/11/28/ä.log" };

interface Changes {
  readonly frameBytes?: number;
  readonly context?: EncryptionContext;
  readonly encryptedDataKeys?: typeof encryptedDataKeys;
  readonly dataKey?: Buffer;
}

async function encrypted(plaintext: readonly Uint8Array[], changes: Changes = {}): Promise<Buffer> {
  const options = { dataKey, encryptedDataKeys, context, frameBytes: FRAME, ...changes };
  return Buffer.concat(await all(encryptMessage(plaintext, options)));
}

function decrypting(source: AsyncIterable<Uint8Array>, key = dataKey): AsyncGenerator<Buffer> {
  return decryptMessage(source, {
    maxEncryptedDataKeys: 3,
    maxFrameBytes: 1_000,
    dataKeyOf: async () => key,
  });
}

async function all(pieces: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for await (const piece of pieces) found.push(piece);
  return found;
}

async function* oneByOne(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

async function decrypted(message: Uint8Array, key?: Buffer): Promise<Buffer> {
  return Buffer.concat(await all(decrypting(oneByOne([message]), key)));
}

const refused = { code: "MESSAGE_REFUSED", retryable: false };

/** Where a message of this test's header ends: what an empty one has before its only frame. */
async function bodyAt(): Promise<number> {
  return (await encrypted([])).length - (4 + 4 + 12 + 4 + 16);
}

test("what is encrypted comes back, at every size round the edges of frames, in pieces of any size", async () => {
  const pieces = fc.array(fc.uint8Array({ minLength: 0, maxLength: 40 }), { maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(pieces, fc.integer({ min: 1, max: 40 }), async (plaintext, frameBytes) => {
      const message = await encrypted(plaintext, { frameBytes });
      expect(await decrypted(message)).toEqual(Buffer.concat(plaintext));
    }),
  );
  for (let size = 0; size <= 4 * FRAME + 1; size += 1) {
    const plaintext = randomBytes(size);
    expect(await decrypted(await encrypted([plaintext]))).toEqual(plaintext);
  }
});

test("a plaintext that fills its frames ends with a full frame, not with an empty one", async () => {
  const full = await encrypted([randomBytes(FRAME)]);
  const more = await encrypted([randomBytes(FRAME + 1)]);
  expect(more.length - full.length).toBe(4 + 12 + FRAME + 16 + 1 - FRAME);
});

test("each message has an id and a commitment of its own, under one data key too", async () => {
  const [one, other] = [await encrypted([]), await encrypted([])];
  expect(one.subarray(3, 35)).not.toEqual(other.subarray(3, 35));
  expect(one.subarray(-16)).not.toEqual(other.subarray(-16));
});

test("a message of which any bit is another is refused, and gives nothing that was not written", async () => {
  const plaintext = randomBytes(3 * FRAME + 5);
  const message = await encrypted([plaintext]);
  for (let at = 0; at < message.length; at += 1) {
    const changed = Buffer.from(message);
    changed[at] = (changed[at] ?? 0) ^ (1 << (at % 8));
    const found: Buffer[] = [];
    const reading = (async () => {
      for await (const piece of decrypting(oneByOne([changed]))) found.push(piece);
    })();
    await expect(reading, `byte ${at}`).rejects.toMatchObject(refused);
    const given = Buffer.concat(found);
    expect(given).toEqual(plaintext.subarray(0, given.length));
  }
});

test("a message that was cut anywhere is refused, and so is one with a byte or a message behind it", async () => {
  const message = await encrypted([randomBytes(2 * FRAME + 1)]);
  for (let length = 0; length < message.length; length += 1) {
    await expect(decrypted(message.subarray(0, length)), `${length} bytes`).rejects.toMatchObject(refused);
  }
  await expect(decrypted(Buffer.concat([message, Buffer.alloc(1)]))).rejects.toMatchObject(refused);
  await expect(decrypted(Buffer.concat([message, message]))).rejects.toMatchObject(refused);
});

test("the last piece is held back until nothing comes behind it", async () => {
  const message = await encrypted([randomBytes(2 * FRAME)]);
  const reading = decrypting(oneByOne([message, Buffer.alloc(1)]));
  expect((await reading.next()).value).toHaveLength(FRAME);
  await expect(reading.next()).rejects.toMatchObject(refused);
});

test("frames that change places, are missing, come twice or from another message are refused", async () => {
  const at = await bodyAt();
  const length = 4 + 12 + FRAME + 16;
  const [message, other] = [
    await encrypted([randomBytes(4 * FRAME)]),
    await encrypted([randomBytes(4 * FRAME)]),
  ];
  const frames = (of: Buffer): Buffer[] =>
    [0, 1, 2].map((n) => of.subarray(at + n * length, at + (n + 1) * length));
  const [head, [a, b, c], last] = [
    message.subarray(0, at),
    frames(message),
    message.subarray(at + 3 * length),
  ];
  const [, foreign] = frames(other);
  const put = (...some: (Buffer | undefined)[]): Buffer =>
    Buffer.concat(some.map((one) => one ?? Buffer.alloc(0)));
  expect(await decrypted(put(head, a, b, c, last))).toHaveLength(4 * FRAME);
  const wrong = [
    put(head, b, a, c, last),
    put(head, a, c, last),
    put(head, a, b, last),
    put(head, a, a, b, c, last),
    put(head, a, b, c, last, last),
    put(head, a, foreign, c, last),
    put(head, last),
    put(other.subarray(0, at), a, b, c, last),
  ];
  for (const one of wrong) await expect(decrypted(one)).rejects.toMatchObject(refused);
});

test("another data key is refused before anything is decrypted", async () => {
  const message = await encrypted([randomBytes(100)]);
  await expect(decrypted(message, randomBytes(32))).rejects.toMatchObject({
    ...refused,
    message: expect.stringContaining("under another data key"),
  });
});

test("the key's provider is shown the context and all encrypted keys as they were written", async () => {
  const keys = [
    ...encryptedDataKeys,
    { providerId: "aws-kms", providerInfo: Buffer.alloc(0), ciphertext: randomBytes(300) },
  ];
  const message = await encrypted([], { encryptedDataKeys: keys, context: { ...context, "": "", z: "z" } });
  const shown: unknown[] = [];
  const dataKeyOf = async (...given: readonly unknown[]): Promise<Buffer> => {
    shown.push(...given);
    return dataKey;
  };
  await all(
    decryptMessage(oneByOne([message]), { maxEncryptedDataKeys: 2, maxFrameBytes: FRAME, dataKeyOf }),
  );
  expect(shown).toEqual([keys, { ...context, "": "", z: "z" }]);
});

test("more data keys and larger frames than are allowed are refused before they are read, and no key is asked for", async () => {
  const header = (await encrypted([])).subarray(0, 35);
  const keysAt = 35 + 2 + Buffer.concat([await encrypted([])]).readUInt16BE(35);
  const many = Buffer.from(await encrypted([]));
  many.writeUInt16BE(65_535, keysAt);
  const dataKeyOf = async (): Promise<Buffer> => Promise.reject(new Error("asked"));
  let taken = 0;
  async function* endless(start: Buffer): AsyncGenerator<Buffer> {
    yield start;
    for (;;) {
      taken += 1;
      yield Buffer.alloc(65_536);
    }
  }
  const limits = { maxEncryptedDataKeys: 3, maxFrameBytes: 1_000, dataKeyOf };
  await expect(decryptMessage(endless(many.subarray(0, keysAt + 2)), limits).next()).rejects.toMatchObject(
    refused,
  );
  const giant = await encrypted([], { frameBytes: 1_001 });
  await expect(decryptMessage(endless(giant), limits).next()).rejects.toMatchObject(refused);
  await expect(decryptMessage(endless(header.subarray(0, 3)), limits).next()).rejects.toMatchObject(refused);
  expect(taken).toBeLessThan(10);
});

test("what is no such message is named for what it is", async () => {
  const message = await encrypted([]);
  const cases: [Buffer, string][] = [
    [Buffer.from(message.toString("base64")), "base64"],
    [Buffer.concat([Buffer.from([1, 0x80]), message]), "version 1"],
    [Buffer.concat([Buffer.from([2, 0x03, 0x78]), message.subarray(3)]), "0x0378"],
    [Buffer.from("{}"), "no message"],
    [Buffer.alloc(0), "ends after 0 bytes"],
  ];
  for (const [bytes, what] of cases) {
    await expect(decrypted(bytes)).rejects.toMatchObject({
      ...refused,
      message: expect.stringContaining(what),
    });
  }
});

test("a context that does not fit, or takes the format's own names, is refused before a byte is written", async () => {
  await expect(encrypted([], { context: { big: "x".repeat(65_530) } })).rejects.toMatchObject({
    code: "ENCRYPTION_CONTEXT_TOO_LARGE",
  });
  await expect(encrypted([], { context: { "aws-crypto-public-key": "x" } })).rejects.toMatchObject({
    code: "INVALID_OPTION",
  });
});

test("the source is closed when a reader leaves, when a message is refused, and when a writer stops", async () => {
  let closed = 0;
  async function* watched(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
    try {
      yield* pieces;
      yield randomBytes(100);
    } finally {
      closed += 1;
    }
  }
  const message = await encrypted([randomBytes(5 * FRAME)]);
  for await (const _ of decrypting(watched([message]))) break;
  expect(closed).toBe(1);
  await expect(all(decrypting(watched([Buffer.from("no")])))).rejects.toMatchObject(refused);
  expect(closed).toBe(2);
  let pieces = 0;
  for await (const _ of encryptMessage(watched([]), {
    dataKey,
    encryptedDataKeys,
    context,
    frameBytes: FRAME,
  })) {
    pieces += 1;
    if (pieces === 3) break;
  }
  expect(closed).toBe(3);
});
