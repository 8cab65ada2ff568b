import { resultKeeper } from "holdfast/idempotency/results";
import { memoryObjectStore } from "holdfast/object-store";
import { beforeAll, describe, expect, test } from "vitest";
import { call, incompressible, newKeyProvider, of } from "./fixtures.ts";

const objectStore = memoryObjectStore();
const keyProvider = newKeyProvider();
/** Nothing is remembered, so that the data key is decrypted every time. */
const keeper = resultKeeper({ objectStore, keyProvider, reuseDataKeyMs: 0 });
const refused = { code: "IDEMPOTENCY_RESULT_UNREADABLE", retryable: false };

const read = async (kept: string, record = of): Promise<string> => keeper.text(kept, record, call);

/** The same text with one character changed to another that may stand there. */
function changedAt(text: string, at: number): string {
  const other = text[at] === "A" ? "B" : "A";
  return text.slice(0, at) + other + text.slice(at + 1);
}

describe("a result that is encrypted in the record", () => {
  let kept: string;
  beforeAll(async () => {
    kept = (await keeper.keep('{"paid":true}', of, call)) ?? "";
    expect(await read(kept)).toBe('{"paid":true}');
  });

  test.each(["format", "data key", "IV", "tag", "ciphertext"].map((piece, index) => ({ piece, index })))(
    "is refused with any character of its $piece changed",
    async ({ index }) => {
      const pieces = kept.split(".");
      const from = pieces.slice(0, index).join(".").length + (index === 0 ? "enc:".length : 1);
      const until = pieces.slice(0, index + 1).join(".").length;
      expect(until).toBeGreaterThan(from);
      for (let at = from; at < until; at += 1) {
        await expect(read(changedAt(kept, at)), `character ${at}`).rejects.toMatchObject(refused);
      }
    },
  );

  test("is refused when it says that it was gzipped, or does not", async () => {
    await expect(read(kept.replace("enc:1.", "enc:1z."))).rejects.toMatchObject(refused);
    const zipped = (await keeper.keep(JSON.stringify("x".repeat(10_000)), of, call)) ?? "";
    expect(zipped).toMatch(/^enc:1z/);
    await expect(read(zipped.replace("enc:1z.", "enc:1."))).rejects.toMatchObject(refused);
  });

  test("is refused with a piece cut, doubled, left out, or taken from another result of the same record", async () => {
    const other = ((await keeper.keep('{"paid":true}', of, call)) ?? "").split(".");
    const pieces = kept.split(".");
    for (let index = 1; index < pieces.length; index += 1) {
      const piece = pieces[index] ?? "";
      for (const changed of [
        piece.slice(0, -1),
        piece.slice(4),
        `${piece}${piece}`,
        `${piece}=`,
        "",
        other[index],
      ]) {
        await expect(read(pieces.with(index, changed ?? "").join("."))).rejects.toMatchObject(refused);
      }
      await expect(read(pieces.toSpliced(index, 1).join("."))).rejects.toMatchObject(refused);
    }
  });

  test("is refused in another record, of the same operation and of another", async () => {
    for (const id of ["charge#other", "refund#Wf8-x", "charge", ""]) {
      await expect(read(kept, { ...of, id })).rejects.toMatchObject(refused);
    }
  });

  test("is read under another owner, for whoever settles a record changes that", async () => {
    expect(await read(kept, { ...of, owner: "settled" })).toBe('{"paid":true}');
  });

  test("of two records is refused in both when they are swapped", async () => {
    const second = { ...of, id: "charge#second" };
    const keptSecond = (await keeper.keep('{"paid":false}', second, call)) ?? "";
    await expect(read(keptSecond, of)).rejects.toMatchObject(refused);
    await expect(read(kept, second)).rejects.toMatchObject(refused);
  });

  test("is not taken for clear text when its form is cut off", async () => {
    await expect(read(kept.slice("enc:1.".length)).then((text) => JSON.parse(text))).rejects.toThrow();
  });
});

describe.each([
  ["encrypted", keeper],
  ["in clear", resultKeeper({ objectStore })],
])("a result that is an object, %s,", (_name, objects) => {
  const text = incompressible(20_000);

  async function keep() {
    objectStore.objects.clear();
    const kept = (await objects.keep(text, of, call)) ?? "";
    const [key = ""] = objectStore.objects.keys();
    return { kept, key, bytes: objectStore.objects.get(key) ?? Buffer.of() };
  }

  test("comes back as long as nobody touches it", async () => {
    expect(await objects.text((await keep()).kept, of, call)).toBe(text);
  });

  test.each([
    ["changed", (bytes: Uint8Array) => bytes.with(100, (bytes[100] ?? 0) ^ 1)],
    ["cut", (bytes: Uint8Array) => bytes.subarray(1)],
    ["longer", (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.of(0)])],
    ["emptied", () => Buffer.of()],
  ])("is refused when the object is %s", async (_change, change) => {
    const { kept, key, bytes } = await keep();
    objectStore.objects.set(key, change(bytes));
    await expect(objects.text(kept, of, call)).rejects.toMatchObject(refused);
  });

  test("is refused with any part of the pointer changed", async () => {
    const { kept } = await keep();
    for (let at = "obj:".length; at < kept.length; at += 1) {
      await expect(objects.text(changedAt(kept, at), of, call), `character ${at}`).rejects.toMatchObject(
        refused,
      );
    }
  });
});

test("an object of another record is refused although its pointer is whole, when it is encrypted", async () => {
  const kept = (await keeper.keep(incompressible(20_000), of, call)) ?? "";
  await expect(read(kept, { ...of, id: "charge#other" })).rejects.toMatchObject(refused);
});
