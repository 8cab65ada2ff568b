import fc from "fast-check";
import { type ResultKeeperOptions, resultKeeper } from "holdfast/idempotency/results";
import { memoryObjectStore } from "holdfast/object-store";
import { describe, expect, test } from "vitest";
import { decodeResult, encodeResult } from "../../../src/idempotency/codec.ts";
import { inRecord } from "../../../src/idempotency/results/in-record.ts";
import { call, newKeyProvider, of } from "./fixtures.ts";

const objectStore = memoryObjectStore();
const keyProvider = newKeyProvider();

interface Settings {
  readonly objects: boolean;
  readonly encrypts: boolean;
  readonly inlineBytes: number;
  readonly reuses: boolean;
}
const settings = fc.record({
  objects: fc.boolean(),
  encrypts: fc.boolean(),
  inlineBytes: fc.constantFrom(0, 10, 500, 8_192, 350_000),
  reuses: fc.boolean(),
});
const keeperOf = ({ objects, encrypts, inlineBytes, reuses }: Settings) => {
  const options: ResultKeeperOptions = { inlineBytes, reuseDataKeyMs: reuses ? 300_000 : 0 };
  return resultKeeper({
    ...options,
    ...(objects ? { objectStore } : {}),
    ...(encrypts ? { keyProvider } : {}),
  });
};

/** JSON texts of all lengths that matter: short ones, and such as repeat themselves or not up to some 40 KB. */
const texts = fc.oneof(
  fc.string({ unit: "binary" }).map((text) => JSON.stringify(text)),
  fc.json(),
  fc.anything().map((value) => encodeResult(value) ?? "null"),
  fc
    .tuple(fc.string({ unit: "binary", minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 2_000 }))
    .map(([text, times]) => JSON.stringify(text.repeat(times))),
  fc
    .uint8Array({ minLength: 6_000, maxLength: 30_000, size: "max" })
    .map((bytes) => JSON.stringify(Buffer.from(bytes).toString("latin1"))),
);

describe("a result", () => {
  test("comes back under every setting that has what it needs, and under every other is an error", async () => {
    await fc.assert(
      fc.asyncProperty(texts, settings, settings, async (text, then, now) => {
        const kept = (await keeperOf(then).keep(text, of, call)) ?? "";
        const isObject = kept.startsWith("obj:");
        const isEncrypted = /^(obj:.*:)?enc:/.test(kept);
        const reading = keeperOf(now).text(kept, of, call);
        if ((!isObject || now.objects) && (!isEncrypted || now.encrypts)) expect(await reading).toBe(text);
        else await expect(reading).rejects.toMatchObject({ code: "IDEMPOTENCY_RESULT_UNREADABLE" });
        expect(isEncrypted).toBe(then.encrypts);
        if (!then.objects) expect(isObject).toBe(false);
      }),
      { numRuns: 300 },
    );
  });

  test("that the default keeper wrote comes back under every setting", async () => {
    await fc.assert(
      fc.asyncProperty(texts, settings, async (text, now) => {
        const kept = (await inRecord.keep(text, of, call)) ?? "";
        expect(await keeperOf(now).text(kept, of, call)).toBe(text);
      }),
    );
  });

  test("takes no more of the record than inlineBytes and its pointer, where there is an object store", async () => {
    await fc.assert(
      fc.asyncProperty(texts, settings, async (text, then) => {
        const kept = (await keeperOf({ ...then, objects: true }).keep(text, of, call)) ?? "";
        expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(Math.max(then.inlineBytes, 500));
      }),
    );
  });

  test("of any kind is the same value again", async () => {
    const keeper = keeperOf({ objects: true, encrypts: true, inlineBytes: 0, reuses: true });
    const values = fc.anything({
      withDate: true,
      withMap: true,
      withSet: true,
      withBigInt: true,
      withTypedArray: true,
    });
    await fc.assert(
      fc.asyncProperty(values, async (value) => {
        const text = encodeResult(value);
        fc.pre(text !== undefined);
        const kept = (await keeper.keep(text ?? "", of, call)) ?? "";
        expect(encodeResult(decodeResult(await keeper.text(kept, of, call)))).toBe(text);
      }),
    );
  });
});
