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
  cache.set(identity("a"), result("aa"), 0);
  cache.set(identity("b"), result("bb"), 0);
  expect(cache.get(identity("a"), 0)?.text).toBe("aa");
  expect(cache.get(identity("b"), 1_000)).toBeUndefined();
  cache.set(identity("c"), result("cc"), 0);
  expect(["a", "c"].map((id) => cache.get(identity(id), 0)?.text)).toEqual(["aa", "cc"]);
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
