import { inspect } from "node:util";
import { rootCall } from "holdfast";
import { resultKeeper } from "holdfast/idempotency/results";
import { memoryObjectStore, type ObjectStore } from "holdfast/object-store";
import { manualRuntime } from "holdfast/testing";
import { describe, expect, test } from "vitest";
import { inRecord } from "../../../src/idempotency/results/in-record.ts";
import { call, compressible, counted, incompressible, newKeyProvider, of } from "./fixtures.ts";

const unreadable = (message: RegExp, retryable = false) => ({
  code: "IDEMPOTENCY_RESULT_UNREADABLE",
  retryable,
  message: expect.stringMatching(message),
});

describe("what the record keeps", () => {
  test("without any options is what the default keeper keeps", async () => {
    for (const text of ["null", compressible(8_192), compressible(8_193), incompressible(20_000)]) {
      expect(await resultKeeper().keep(text, of, call)).toBe(await inRecord.keep(text, of, call));
    }
    expect(await resultKeeper().keep(incompressible(900_000), of, call)).toBeUndefined();
  });

  test("is JSON as it is up to 8 KB, gzipped beyond, and an object when that is still larger", async () => {
    const objectStore = memoryObjectStore();
    const keeper = resultKeeper({ objectStore });
    expect(await keeper.keep(incompressible(8_192), of, call)).toMatch(/^"/);
    expect(await keeper.keep(compressible(100_000), of, call)).toMatch(/^gz:/);
    expect(objectStore.objects.size).toBe(0);
    const kept = await keeper.keep(incompressible(20_000), of, call);
    expect(kept).toMatch(/^obj:1:\d+:[\w-]{43}:charge\.0023Wf8-x\/run-1\/[\w-]{43}:$/);
    expect(objectStore.objects.size).toBe(1);
  });

  test("is not gzipped up to 8 KB, however much that would save", async () => {
    expect(await resultKeeper().keep(compressible(8_192), of, call)).toBe(compressible(8_192));
    expect(await resultKeeper().keep(compressible(8_193), of, call)).toMatch(/^gz:/);
  });

  test("is counted to the byte where it was gzipped", async () => {
    const objectStore = memoryObjectStore();
    for (let more = 0; more < 6; more++) {
      const text = `"${incompressible(100 + more).slice(1, -1)}${compressible(9_000).slice(1)}`;
      const { length } = (await resultKeeper().keep(text, of, call)) ?? "";
      const keptWith = (inlineBytes: number) =>
        resultKeeper({ objectStore, inlineBytes }).keep(text, of, call);
      expect(await keptWith(length)).toMatch(/^gz:/);
      expect(await keptWith(length - 1)).toMatch(/^obj:/);
    }
  });

  test("shows nothing of a result that is encrypted, short or long, here or in an object", async () => {
    const objectStore = memoryObjectStore();
    const keeper = resultKeeper({ objectStore, keyProvider: newKeyProvider() });
    for (const text of [
      '{"iban":"DE02"}',
      JSON.stringify("DE02".repeat(9_000)),
      `"DE02${incompressible(30_000).slice(1)}`,
    ]) {
      const kept = await keeper.keep(text, of, call);
      expect(kept).toMatch(/^(obj:1:.*:)?enc:1/);
      expect(kept).not.toContain("DE02");
      expect(kept).not.toContain(Buffer.from("DE02").toString("base64url").slice(0, 4));
    }
    expect(objectStore.objects.size).toBe(1);
    for (const bytes of objectStore.objects.values()) expect(Buffer.from(bytes).includes("DE02")).toBe(false);
  });

  test("looks different each time that the same result is encrypted", async () => {
    const keeper = resultKeeper({ keyProvider: newKeyProvider() });
    expect(await keeper.keep('"a"', of, call)).not.toBe(await keeper.keep('"a"', of, call));
  });

  test("is an object beyond inlineBytes, counted as the record would hold it", async () => {
    const objectStore = memoryObjectStore();
    const keeper = resultKeeper({ objectStore, inlineBytes: 100 });
    expect(await keeper.keep(incompressible(100), of, call)).toMatch(/^"/);
    expect(await keeper.keep(incompressible(101), of, call)).toMatch(/^obj:/);
    const all = resultKeeper({ objectStore, inlineBytes: 0 });
    expect(await all.keep("1", of, call)).toMatch(/^obj:/);
    const sealed = resultKeeper({ objectStore, inlineBytes: 300, keyProvider: newKeyProvider() });
    expect(await sealed.keep(incompressible(100), of, call)).toMatch(/^enc:/);
    expect(await sealed.keep(incompressible(250), of, call)).toMatch(/^obj:.*:enc:/);
  });

  test("is nothing when it is encrypted, larger than an item, and there is no object store", async () => {
    const keeper = resultKeeper({ keyProvider: newKeyProvider() });
    expect(await keeper.keep(incompressible(500_000), of, call)).toBeUndefined();
  });
});

test("a data key is used again for five minutes, unless told otherwise", async () => {
  const clock = manualRuntime();
  const given = rootCall({ runtime: clock });
  const { requests, provider } = counted(newKeyProvider());
  const keeper = resultKeeper({ keyProvider: provider });
  await keeper.keep("1", of, given);
  clock.jump(299_999);
  await keeper.keep("2", of, given);
  expect(requests).toHaveLength(1);
  clock.jump(1);
  await keeper.keep("3", of, given);
  expect(requests).toHaveLength(2);
});

describe("an object", () => {
  test("told of in a form of another version is not asked for", async () => {
    const asked: string[] = [];
    const objectStore: ObjectStore = {
      put: async () => {},
      get: async (key) => {
        asked.push(key);
        return undefined;
      },
    };
    await expect(resultKeeper({ objectStore }).text("obj:2:whatever", of, call)).rejects.toMatchObject(
      unreadable(/an object, told of in a form that this version does not know/),
    );
    expect(asked).toEqual([]);
  });

  test("is there before keep resolves, and when it cannot be, keep rejects", async () => {
    const down: ObjectStore = {
      put: async () => Promise.reject(new Error("SlowDown")),
      get: async () => undefined,
    };
    const keeper = resultKeeper({ objectStore: down, inlineBytes: 0 });
    await expect(keeper.keep("1", of, call)).rejects.toThrow("SlowDown");
  });

  test("of another run, record or result has another key", async () => {
    const objectStore = memoryObjectStore();
    const keeper = resultKeeper({ objectStore, inlineBytes: 0 });
    await keeper.keep("1", of, call);
    await keeper.keep("2", of, call);
    await keeper.keep("1", { ...of, owner: "run-2" }, call);
    await keeper.keep("1", { ...of, id: "charge#other" }, call);
    expect(objectStore.objects.size).toBe(4);
  });

  test("of a run that keeps the same result again is the same object", async () => {
    const objectStore = memoryObjectStore();
    const keeper = resultKeeper({ objectStore, inlineBytes: 0 });
    expect(await keeper.keep("1", of, call)).toBe(await keeper.keep("1", of, call));
    expect(objectStore.objects.size).toBe(1);
  });

  test("has a key without signs that object stores treat in ways of their own, whatever the operation is called", async () => {
    const objectStore = memoryObjectStore();
    const keeper = resultKeeper({ objectStore, inlineBytes: 0 });
    const odd = { id: "../post entry?&é:#x", owner: "a/b" };
    const kept = await keeper.keep("1", odd, call);
    expect([...objectStore.objects.keys()]).toEqual([expect.stringMatching(/^[\w.-]+\/[\w.-]+\/[\w-]{43}$/)]);
    expect([...objectStore.objects.keys()].join()).not.toMatch(/(^|\/)\.\.?(\/|$)/);
    expect(await keeper.text(kept ?? "", odd, call)).toBe("1");
  });
});

describe("a result that cannot be read is an error that says what to do", () => {
  test("encrypted, without a key provider", async () => {
    const kept = (await resultKeeper({ keyProvider: newKeyProvider() }).keep("1", of, call)) ?? "";
    await expect(resultKeeper().text(kept, of, call)).rejects.toMatchObject(unreadable(/keyProvider/));
    expect(() => inRecord.text(kept, of, call)).toThrow(/"enc".*results/);
  });

  test("an object, without an object store", async () => {
    const keeper = resultKeeper({ objectStore: memoryObjectStore(), inlineBytes: 0 });
    const kept = (await keeper.keep("1", of, call)) ?? "";
    await expect(resultKeeper().text(kept, of, call)).rejects.toMatchObject(unreadable(/objectStore/));
    expect(() => inRecord.text(kept, of, call)).toThrow(/"obj".*results/);
  });

  test("an object that has expired", async () => {
    const objectStore = memoryObjectStore();
    const keeper = resultKeeper({ objectStore, inlineBytes: 0 });
    const kept = (await keeper.keep("1", of, call)) ?? "";
    objectStore.objects.clear();
    await expect(keeper.text(kept, of, call)).rejects.toMatchObject(
      unreadable(/gone.*lifecycle.*rememberMs/),
    );
  });

  test("under another key", async () => {
    const kept = (await resultKeeper({ keyProvider: newKeyProvider() }).keep("1", of, call)) ?? "";
    const other = resultKeeper({ keyProvider: newKeyProvider() });
    await expect(other.text(kept, of, call)).rejects.toMatchObject(unreadable(/data key/));
  });

  test("in a form that a later version wrote", async () => {
    const keeper = resultKeeper({ objectStore: memoryObjectStore(), keyProvider: newKeyProvider() });
    for (const kept of ["enc:2.a.b.c.d", "obj:2:whatever", "zst:AAAA", "enc:", "obj:"]) {
      await expect(keeper.text(kept, of, call)).rejects.toMatchObject(unreadable(/cannot be read/));
    }
  });

  test("gzipped, and damaged", async () => {
    for (const kept of ["gz:", "gz:AAAA", "gz:H4sIAAAAAAAA"]) {
      await expect(resultKeeper().text(kept, of, call)).rejects.toMatchObject(unreadable(/compressed/));
    }
  });

  test("while the store or the provider does not answer, and then trying again may help", async () => {
    const objectStore = memoryObjectStore();
    const keyProvider = newKeyProvider();
    const settings = { objectStore, keyProvider, inlineBytes: 0, reuseDataKeyMs: 0 };
    const kept = (await resultKeeper(settings).keep("1", of, call)) ?? "";
    const cause = new Error("SlowDown");
    const fails = () => Promise.reject(cause);
    for (const change of [
      { objectStore: { ...objectStore, get: fails } },
      { keyProvider: { ...keyProvider, decryptDataKey: fails } },
    ]) {
      const keeper = resultKeeper({ ...settings, ...change });
      await expect(keeper.text(kept, of, call)).rejects.toMatchObject({
        ...unreadable(/cause/, true),
        cause,
      });
    }
    const denied = Object.assign(new Error("AccessDenied"), {
      name: "AccessDenied",
      $fault: "client",
      $metadata: {},
    });
    const shut = resultKeeper({
      ...settings,
      objectStore: { ...objectStore, get: async () => Promise.reject(denied) },
    });
    await expect(shut.text(kept, of, call)).rejects.toMatchObject(unreadable(/cause/, false));
  });

  test("but a call that is over says so itself", async () => {
    const ended = new AbortController();
    const objectStore: ObjectStore = {
      ...memoryObjectStore(),
      get: async () => {
        ended.abort(new Error("the invocation is over"));
        throw new Error("socket closed");
      },
    };
    const keeper = resultKeeper({ objectStore, inlineBytes: 0 });
    const kept = (await keeper.keep("1", of, call)) ?? "";
    await expect(keeper.text(kept, of, rootCall({ signal: ended.signal }))).rejects.toThrow(
      "the invocation is over",
    );
  });
});

describe("data keys", () => {
  test("are asked for once in five minutes, however many results are kept and read", async () => {
    const clock = manualRuntime();
    const then = rootCall({ runtime: clock });
    const { requests, provider } = counted(newKeyProvider());
    const keeper = resultKeeper({ keyProvider: provider });
    for (let run = 0; run < 50; run += 1) {
      const kept = (await keeper.keep(`${run}`, of, then)) ?? "";
      expect(await keeper.text(kept, of, then)).toBe(`${run}`);
    }
    expect(requests).toEqual(["generate for charge"]);
    clock.jump(300_000);
    await keeper.keep("1", of, then);
    expect(requests).toEqual(["generate for charge", "generate for charge"]);
  });

  test("of an operation open nothing of another", async () => {
    const { requests, provider } = counted(newKeyProvider());
    const keeper = resultKeeper({ keyProvider: provider });
    await keeper.keep("1", of, call);
    await keeper.keep("1", { ...of, id: "refund#Wf8-x" }, call);
    expect(requests).toEqual(["generate for charge", "generate for refund"]);
  });

  test("are in no error, and cannot be seen from outside", async () => {
    const inner = newKeyProvider();
    const shown: string[] = [];
    const keyProvider = {
      ...inner,
      async generateDataKey(...given: Parameters<typeof inner.generateDataKey>) {
        const key = await inner.generateDataKey(...given);
        for (const form of ["hex", "base64", "base64url"] as const)
          shown.push(Buffer.from(key.plaintext).toString(form));
        return key;
      },
    };
    const keeper = resultKeeper({ keyProvider });
    const kept = (await keeper.keep('"secret"', of, call)) ?? "";
    const reading = Promise.resolve(keeper.text(kept, { ...of, id: "charge#other" }, call));
    const error: unknown = await reading.catch((each: unknown) => each);
    const seen = inspect([error, keeper], { depth: 9, showHidden: true });
    expect(seen).toContain("IDEMPOTENCY_RESULT_UNREADABLE");
    for (const secret of [...shown, "secret"]) expect(seen).not.toContain(secret);
  });
});

test.each([
  ["an object store that is none", { objectStore: {} }, /objectStore must/],
  ["a key provider that is none", { keyProvider: { generateDataKey: () => {} } }, /keyProvider must/],
  ["more inline than an item holds", { inlineBytes: 400_000 }, /inlineBytes/],
  ["a negative time", { reuseDataKeyMs: -1 }, /reuseDataKeyMs/],
  ["an option that is not there", { store: {} }, /"store"/],
])("%s is refused where it is given", (_name, options, message) => {
  expect(() => resultKeeper(options as never)).toThrow(message);
});
