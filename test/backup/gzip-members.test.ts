import { randomBytes } from "node:crypto";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { gzipMembers } from "../../src/backup/gzip-members.ts";

async function* oneByOne(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* pieces;
}

async function all(pieces: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for await (const piece of pieces) found.push(piece);
  return found;
}

const settings = { level: 6, memberBytes: 10, concurrency: 3 };

test("members are one gzip file of the whole stream, in its order, whatever pieces it comes in", async () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 35 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(pieces, fc.integer({ min: 1, max: 9 }), async (given, level) => {
      const members = await all(gzipMembers(oneByOne(given), { ...settings, level }));
      const whole = Buffer.concat(given);
      expect(gunzipSync(Buffer.concat(members))).toEqual(whole);
      expect(members).toHaveLength(Math.max(1, Math.ceil(whole.length / 10)));
    }),
  );
});

test("the same stream gives the same bytes", async () => {
  const bytes = randomBytes(95);
  const [one, other] = [
    await all(gzipMembers(oneByOne([bytes]), settings)),
    await all(gzipMembers(oneByOne([bytes.subarray(0, 3), bytes.subarray(3)]), settings)),
  ];
  expect(Buffer.concat(one)).toEqual(Buffer.concat(other));
});

test("no more of the source is read than members that are compressed at once, and one", async () => {
  let read = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for (;;) {
      read += 1;
      yield randomBytes(10);
    }
  }
  const members = gzipMembers(counted(), settings);
  await members.next();
  expect(read).toBe(3);
  await members.next();
  expect(read).toBe(4);
  await members.return();
});

test("a source that fails is closed, and its error is what is thrown", async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield randomBytes(25);
    throw new Error("broke");
  }
  await expect(all(gzipMembers(failing(), settings))).rejects.toThrow("broke");
});
