import { localCache } from "holdfast/idempotency";
import { expect, test } from "vitest";

const identity = (id: string, payloadHash = "-") => ({ id, payloadHash });
const result = (text: string) => ({ text, fence: 1, atMs: 0, expiresAtMs: 1_000 });

test("beyond maxEntries the one that was used longest ago goes", () => {
  const cache = localCache({ maxEntries: 2 });
  cache.set(identity("a"), result("1"), 0);
  cache.set(identity("b"), result("2"), 0);
  cache.get(identity("a"), 0);
  cache.set(identity("c"), result("3"), 0);
  expect(["a", "b", "c"].map((id) => cache.get(identity(id), 0)?.text)).toEqual(["1", undefined, "3"]);
});

test("beyond maxBytes as many go as it takes, and what is larger than all is not kept", () => {
  const cache = localCache({ maxBytes: 4 });
  cache.set(identity("a"), result("aa"), 0);
  cache.set(identity("b"), result("é"), 0);
  expect(cache.get(identity("a"), 0)?.text).toBe("aa");
  cache.set(identity("c"), result("ccc"), 0);
  expect(["a", "b", "c"].map((id) => cache.get(identity(id), 0)?.text)).toEqual([
    undefined,
    undefined,
    "ccc",
  ]);
  cache.set(identity("d"), result("ddddd"), 0);
  expect(["c", "d"].map((id) => cache.get(identity(id), 0)?.text)).toEqual(["ccc", undefined]);
});

test("what is replaced, or has expired, takes no room", () => {
  const cache = localCache({ maxBytes: 4 });
  cache.set(identity("a"), result("aaaa"), 0);
  expect(cache.get(identity("a"), 0)?.text).toBe("aaaa");
  cache.set(identity("a"), result("aa"), 0);
  cache.set(identity("b"), { ...result("bb"), expiresAtMs: 500 }, 0);
  expect(cache.get(identity("b"), 500)).toBeUndefined();
  cache.set(identity("c"), result("cc"), 500);
  expect(["a", "c"].map((id) => cache.get(identity(id), 500)?.text)).toEqual(["aa", "cc"]);
});

test("unless told otherwise it holds 4 MiB and a thousand results, for five minutes", () => {
  const cache = localCache();
  const long = { ...result("1"), expiresAtMs: 1_000_000 };
  for (let n = 0; n <= 1_000; n++) cache.set(identity(`${n}`), long, 0);
  expect(cache.get(identity("0"), 0)).toBeUndefined();
  expect(cache.get(identity("1"), 299_999)?.text).toBe("1");
  expect(cache.get(identity("2"), 300_000)).toBeUndefined();
  const large = "x".repeat(4 * 1_024 * 1_024);
  cache.set(identity("large"), { ...long, text: large }, 0);
  expect(cache.get(identity("large"), 0)?.text.length).toBe(large.length);
  cache.set(identity("larger"), { ...long, text: `${large}x` }, 0);
  expect(cache.get(identity("larger"), 0)).toBeUndefined();
});

test.each([
  [{ maxEntries: 0 }, /maxEntries must be a number of at least 1, not 0/],
  [{ maxBytes: Number.NaN }, /maxBytes/],
  [{ maxAgeMs: 0.5 }, /maxAgeMs/],
  [{ maxAge: 5 } as never, /there is no option "maxAge"/],
])("a wrong option is refused by name: %o", (options, message) => {
  expect(() => localCache(options)).toThrow(message);
});

test("an entry lives until its record expires, or its age is reached, whichever comes first", () => {
  const cache = localCache({ maxAgeMs: 300 });
  cache.set(identity("old"), result("1"), 100);
  expect(cache.get(identity("old"), 399)?.text).toBe("1");
  expect(cache.get(identity("old"), 400)).toBeUndefined();
  cache.set(identity("expiring"), result("2"), 900);
  expect(cache.get(identity("expiring"), 999)?.text).toBe("2");
  expect(cache.get(identity("expiring"), 1_000)).toBeUndefined();
});

test("another payload is not answered from here, and the entry stays", () => {
  const cache = localCache();
  cache.set(identity("a", "p"), result("1"), 0);
  expect(cache.get(identity("a", "q"), 0)).toBeUndefined();
  expect(cache.get(identity("a", "p"), 0)?.text).toBe("1");
});

test.each([
  [{ maxEntries: 0 }, /maxEntries/],
  [{ maxBytes: -1 }, /maxBytes/],
  [{ maxAgeMs: Number.NaN }, /maxAgeMs/],
  [{ max: 1 } as never, /there is no option "max"/],
])("a wrong limit is refused by name: %o", (options, message) => {
  expect(() => localCache(options)).toThrow(message);
});
