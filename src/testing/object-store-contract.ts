import { rootCall } from "../core/root-call.ts";
import type { ObjectStore } from "../object-store/object-store.ts";
import { equal, type Rule, rejects } from "./rule.ts";

/** An object store under test. */
export interface ObjectStoreSubject {
  readonly store: ObjectStore;
}

const call = rootCall();
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const everyByte = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index % 256);

/** What lies under a key, as numbers: equal when the bytes are. */
async function read({ store }: ObjectStoreSubject, key: string): Promise<readonly number[] | undefined> {
  const bytes = await store.get(key, call);
  return bytes && Array.from(bytes);
}

/**
 * What every object store must do, as rules that any test runner can run: one fresh subject each.
 *
 * @example
 * ```ts
 * for (const rule of objectStoreContract) {
 *   test(rule.name, () => rule.run({ store: memoryObjectStore() }));
 * }
 * ```
 */
export const objectStoreContract: readonly Rule<ObjectStoreSubject>[] = [
  {
    name: "what was put comes back byte for byte",
    async run(subject) {
      for (const [key, length] of [
        ["none", 0],
        ["one", 1],
        ["many", 200_000],
      ] as const) {
        await subject.store.put(key, everyByte(length), call);
        equal(`the object of ${length} bytes`, await read(subject, key), Array.from(everyByte(length)));
      }
    },
  },
  {
    name: "a key that nobody wrote has nothing",
    async run(subject) {
      await subject.store.put("a/b", bytesOf("b"), call);
      for (const key of ["a", "a/", "a/b/", "a/c", "A/b"])
        equal(`"${key}"`, await read(subject, key), undefined);
    },
  },
  {
    name: "a second put of a key resolves, and leaves what is there",
    async run(subject) {
      await subject.store.put("key", bytesOf("first"), call);
      await subject.store.put("key", bytesOf("second"), call);
      equal("the object", await read(subject, "key"), Array.from(bytesOf("first")));
    },
  },
  {
    name: "keys of all the letters they may have are told apart",
    async run(subject) {
      const keys = ["a-b/c_d.e", "a-b/c_d/e", "A-b/c_d.e", "a.0023b/id-1/x", "a..b"];
      for (const key of keys) await subject.store.put(key, bytesOf(key), call);
      for (const key of keys) equal(`"${key}"`, await read(subject, key), Array.from(bytesOf(key)));
    },
  },
  {
    name: "of many puts of one key at once all resolve, and one is kept",
    async run(subject) {
      await Promise.all(
        Array.from({ length: 8 }, (_, index) => subject.store.put("key", bytesOf(`${index}`), call)),
      );
      const bytes = await subject.store.get("key", call);
      equal("the object's length", bytes?.length, 1);
    },
  },
  {
    name: "bytes that a caller changes afterwards are the caller's alone",
    async run(subject) {
      const given = bytesOf("as put");
      await subject.store.put("key", given, call);
      given.fill(0);
      (await subject.store.get("key", call))?.fill(0);
      equal("the object", await read(subject, "key"), Array.from(bytesOf("as put")));
    },
  },
  {
    name: "a call that is over writes and reads nothing",
    async run(subject) {
      const over = rootCall({ signal: AbortSignal.abort(new Error("over")) });
      await rejects("the put", () => subject.store.put("key", bytesOf("late"), over));
      equal("the object", await read(subject, "key"), undefined);
      await subject.store.put("key", bytesOf("in time"), call);
      await rejects("the get", () => subject.store.get("key", over));
    },
  },
];
