/** The same rules for every kind of host. */
import fc from "fast-check";
import { type Call, HoldfastError, rootCall } from "holdfast";
import { isRemembered } from "holdfast/idempotency/http";
import { type MemoryStore, memoryStore } from "holdfast/idempotency/memory";
import { type ManualRuntime, manualRuntime, seededRandom } from "holdfast/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { withWrites } from "../../support/store-writes.ts";
import { type Handle, type Received, type ShapeOptions, shapes, type TestRequest } from "./shapes.ts";

const KEY = "8e03978e-40d5-43e8-bc93-6894a57f9324";
const keyed = (key: string, more: TestRequest = {}): TestRequest => ({
  body: '{"amount":500}',
  ...more,
  headers: [["Idempotency-Key", key], ...(more.headers ?? [])],
});

let clock: ManualRuntime;
let store: MemoryStore;
beforeEach(() => {
  clock = manualRuntime();
  store = memoryStore();
});
const call = (timeoutMs?: number): Call =>
  rootCall(timeoutMs === undefined ? { runtime: clock } : { runtime: clock, timeoutMs });
const wait = (ms: number): Promise<void> => new Promise((resolve) => clock.setTimer(ms, resolve));
const problemIn = ({ status, headers, text }: Received) => {
  expect(headers["content-type"]).toEqual(["application/problem+json"]);
  const problem = JSON.parse(text);
  expect(problem.status).toBe(status);
  return { status, code: problem.code, retryAfter: headers["retry-after"]?.[0] };
};
const isReplay = ({ headers }: Received): boolean => headers["idempotency-replayed"]?.join() === "true";

test.each([0, 100, 199, 600, Number.NaN])("%d is no status that could be remembered", (status) => {
  expect(isRemembered(status)).toBe(false);
});

describe.each(shapes)("$name", ({ serve, keepsCase, showsAll, hasManyValues }) => {
  const options = (changes: Partial<ShapeOptions> = {}): ShapeOptions => ({
    store,
    operation: "create-order",
    ...changes,
  });
  /** A function whose effect is not idempotent: it counts. */
  function counting(changes: Partial<ShapeOptions> = {}, status = 201) {
    let effects = 0;
    const handle: Handle = async () => ({
      status,
      headers: [["Location", `/orders/${++effects}`]],
      body: `{"order":${effects}}`,
    });
    return { send: serve(handle, options(changes)), effects: () => effects };
  }

  test("a repeat gets the first answer again, marked, and the function is not called", async () => {
    const { send, effects } = counting();
    const first = await send(keyed(KEY), call());
    const again = await send(keyed(KEY), call());
    expect(first).toMatchObject({ status: 201, text: '{"order":1}', headers: { location: ["/orders/1"] } });
    expect(isReplay(first)).toBe(false);
    const { "idempotency-replayed": mark, ...headers } = again.headers;
    expect(mark).toEqual(["true"]);
    expect({ ...again, headers }).toEqual(first);
    expect(effects()).toBe(1);
  });

  test("the control: a method that is not covered has its effect twice", async () => {
    const { send, effects } = counting({ methods: ["PATCH"] });
    for (let i = 0; i < 2; i++) expect(isReplay(await send(keyed(KEY), call()))).toBe(false);
    expect(effects()).toBe(2);
  });

  test("another key is another request", async () => {
    const { send, effects } = counting();
    await send(keyed(KEY), call());
    await send(keyed(`${KEY}0`), call());
    expect(effects()).toBe(2);
  });

  test("the header's name counts in any casing", async () => {
    const casing = fc
      .array(fc.boolean(), { minLength: 15, maxLength: 15 })
      .map((upper) => [..."idempotency-key"].map((c, i) => (upper[i] ? c.toUpperCase() : c)).join(""));
    await fc.assert(
      fc.asyncProperty(casing, casing, async (one, other) => {
        store = memoryStore();
        const { send, effects } = counting();
        await send({ headers: [[one, KEY]] }, call());
        expect(isReplay(await send({ headers: [[other, KEY]] }, call()))).toBe(true);
        expect(effects()).toBe(1);
      }),
      { numRuns: keepsCase ? 100 : 10 },
    );
  });

  test("a key is the same with quotes and without", async () => {
    const { send, effects } = counting();
    await send(keyed(KEY), call());
    expect(isReplay(await send(keyed(`"${KEY}"`), call()))).toBe(true);
    expect(effects()).toBe(1);
  });

  test("without a key: 400, and nothing runs", async () => {
    const { send, effects } = counting();
    const problem = problemIn(await send({ body: "{}" }, call()));
    expect(problem).toEqual({ status: 400, code: "IDEMPOTENCY_KEY_MISSING", retryAfter: undefined });
    expect(effects()).toBe(0);
  });

  test("without a key, where that is allowed, it runs each time", async () => {
    const { send, effects } = counting({ onMissingKey: "run" });
    for (let i = 0; i < 2; i++) expect(await send({ body: "{}" }, call())).toMatchObject({ status: 201 });
    expect(effects()).toBe(2);
  });

  test.each(["", '"', '"a" b', "a b", '""', "x".repeat(256), '"ü"'])(
    "a malformed key is 400 even where none is needed: %j",
    async (key) => {
      const { send, effects } = counting({ onMissingKey: "run" });
      const sent = await send(keyed(key), call());
      expect(problemIn(sent)).toMatchObject({ status: 400, code: "IDEMPOTENCY_KEY_MALFORMED" });
      expect(effects()).toBe(0);
    },
  );

  const twice = (one: string, other: string): TestRequest => ({
    headers: [
      ["Idempotency-Key", one],
      ["Idempotency-Key", other],
    ],
  });

  test("the same key twice is one", async () => {
    const { send, effects } = counting();
    await send(twice(KEY, `"${KEY}"`), call());
    expect(isReplay(await send({ headers: [["idempotency-key", KEY]] }, call()))).toBe(true);
    expect(effects()).toBe(1);
  });

  if (showsAll)
    test("two different keys are none", async () => {
      const { send, effects } = counting();
      expect(problemIn(await send(twice("a", "b"), call()))).toMatchObject({
        status: 400,
        code: "IDEMPOTENCY_KEY_MALFORMED",
      });
      expect(effects()).toBe(0);
    });

  test.each<[string, TestRequest]>([
    ["body", { body: '{"amount":501}' }],
    ["method", { method: "PUT" }],
    ["path", { path: "/refunds" }],
    ["query", { query: "dry=1" }],
    ["bytes of the body", { body: new Uint8Array([1, 2, 3]) }],
  ])("the same key with another %s is 422, and never the other request's answer", async (_what, change) => {
    const { send, effects } = counting();
    const plain = await send(keyed(KEY, { body: new Uint8Array([1, 2]) }), call());
    expect(plain.status).toBe(201);
    const request = { body: new Uint8Array([1, 2]), ...change };
    expect(problemIn(await send(keyed(KEY, request), call()))).toEqual({
      status: 422,
      code: "IDEMPOTENCY_PAYLOAD_MISMATCH",
      retryAfter: undefined,
    });
    expect(effects()).toBe(1);
  });

  test("the same bytes are the same request, as text or as base64", async () => {
    const { send } = counting();
    await send(keyed(KEY, { body: "grüße" }), call());
    expect(isReplay(await send(keyed(KEY, { body: Buffer.from("grüße") }), call()))).toBe(true);
  });

  test("while the first goes on a repeat is 409, with the whole seconds after which to come again", async () => {
    let effects = 0;
    const handle: Handle = async () => {
      effects += 1;
      await wait(1_000);
      return { status: 201, body: "done" };
    };
    const send = serve(handle, options({ leaseMs: 4_600 }));
    const first = send(keyed(KEY), call(4_000));
    await clock.advance(100);
    expect(problemIn(await send(keyed(KEY), call(4_000)))).toEqual({
      status: 409,
      code: "IDEMPOTENCY_IN_PROGRESS",
      retryAfter: "5",
    });
    expect((await clock.run(first)).text).toBe("done");
    expect(isReplay(await send(keyed(KEY), call()))).toBe(true);
    expect(effects).toBe(1);
  });

  test("told to wait, it gets the first one's answer", async () => {
    let effects = 0;
    const handle: Handle = async () => {
      effects += 1;
      await wait(1_000);
      return { status: 201, body: "done" };
    };
    const send = serve(handle, options({ inFlight: "wait" }));
    const both = [send(keyed(KEY), call(10_000)), send(keyed(KEY), call(10_000))];
    expect((await clock.run(Promise.all(both))).map(({ text }) => text)).toEqual(["done", "done"]);
    expect(effects).toBe(1);
  });

  test.each([200, 202, 303, 400, 402, 404, 410, 422])(
    "an answer with status %i is remembered",
    async (status) => {
      const { send, effects } = counting({}, status);
      await send(keyed(KEY), call());
      expect(await send(keyed(KEY), call())).toMatchObject({ status });
      expect(effects()).toBe(1);
      expect(isRemembered(status)).toBe(true);
    },
  );

  test.each([500, 502, 503, 504, 401, 403, 408, 409, 412, 423, 425, 429])(
    "an answer with status %i reaches the client as it is, and the next request runs",
    async (status) => {
      const { send, effects } = counting({}, status);
      const first = await send(keyed(KEY), call());
      expect(first).toMatchObject({ status, text: '{"order":1}' });
      expect(await send(keyed(KEY), call())).toMatchObject({ status, text: '{"order":2}' });
      expect(effects()).toBe(2);
    },
  );

  test("an answer that is not remembered is no failure: onError is not asked", async () => {
    const { send, effects } = counting({ onError: () => "unknown-outcome" }, 500);
    for (let i = 0; i < 2; i++) expect((await send(keyed(KEY), call())).status).toBe(500);
    expect(effects()).toBe(2);
  });

  test("which answers are remembered can be said otherwise", async () => {
    const { send, effects } = counting({ rememberWhen: (status) => status === 503 }, 503);
    await send(keyed(KEY), call());
    expect(isReplay(await send(keyed(KEY), call()))).toBe(true);
    expect(effects()).toBe(1);
  });

  test("what the function throws is thrown on, and the next request runs", async () => {
    let runs = 0;
    const handle: Handle = async () => {
      runs += 1;
      // The code of another idempotent function beneath is no reason to tell the client of a key.
      if (runs === 1) throw Object.assign(new Error("no"), { code: "IDEMPOTENCY_IN_PROGRESS" });
      return { status: 201 };
    };
    const send = serve(handle, options());
    await expect(send(keyed(KEY), call())).rejects.toThrow("no");
    expect((await send(keyed(KEY), call())).status).toBe(201);
    expect(runs).toBe(2);
  });

  test("bytes of requests and answers come through as they are, the first time and again", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), fc.boolean(), async (bytes, isText) => {
        store = memoryStore();
        const body = isText ? Buffer.from(bytes).toString("latin1") : bytes;
        const expected = Buffer.from(body as string);
        const send = serve(async (request) => {
          expect(request.body.equals(expected)).toBe(true);
          return { status: 200, headers: [["Content-Type", "application/octet-stream"]], body };
        }, options());
        for (let i = 0; i < 2; i++) {
          const answer = await send(keyed(KEY, { body }), call());
          expect(answer.bytes.equals(expected)).toBe(true);
          expect(isReplay(answer)).toBe(i === 1);
        }
      }),
    );
  });

  if (hasManyValues)
    test("a header with several values has them in a repeat, apart", async () => {
      const links = ["</1>; rel=next", "</0>; rel=prev, </9>; rel=last"];
      const send = serve(
        async () => ({ status: 200, headers: links.map((each) => ["Link", each]) }),
        options(),
      );
      const first = await send(keyed(KEY), call());
      const again = await send(keyed(KEY), call());
      expect(first.headers["link"]?.join(", ")).toBe(links.join(", "));
      expect(again.headers["link"]).toEqual(first.headers["link"]);
    });

  test("cookies are for the first answer alone, unless it is said otherwise", async () => {
    const cookies =
      (name: string): Handle =>
      async () => ({
        status: 201,
        headers: [["Set-Cookie", `${name}=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT`]],
      });
    const send = serve(cookies("session"), options());
    expect((await send(keyed(KEY), call())).headers["set-cookie"]).toHaveLength(1);
    expect((await send(keyed(KEY), call())).headers["set-cookie"]).toBeUndefined();
    const all = serve(cookies("choice"), options({ operation: "choose", forgetHeaders: [] }));
    const first = await all(keyed(KEY), call());
    expect((await all(keyed(KEY), call())).headers["set-cookie"]).toEqual(first.headers["set-cookie"]);
  });

  test("two callers with the same key and request do not see each other's answers", async () => {
    const { send, effects } = counting({ hasTenant: true });
    const by = (caller: string) => send(keyed(KEY, { headers: [["x-caller", caller]] }), call());
    const answers = [await by("a"), await by("b"), await by("a")];
    expect(answers.map(({ text }) => text)).toEqual(['{"order":1}', '{"order":2}', '{"order":1}']);
    expect(effects()).toBe(2);
  });

  test("a caller that is not known is the host's error, and nothing runs", async () => {
    const { send, effects } = counting({ hasTenant: true, onMissingKey: "run" });
    await expect(send(keyed(KEY), call())).rejects.toMatchObject({ code: "IDEMPOTENCY_KEY_MISSING" });
    expect(effects()).toBe(0);
  });

  test("a transaction records the answer that it is given, whatever its status", async () => {
    const send = serve(
      async ({ transact }) => transact([{ put: "line" }], { status: 503, body: "later" }),
      options(),
    );
    expect(await send(keyed(KEY), call())).toMatchObject({ status: 503, text: "later" });
    const again = await send(keyed(KEY), call());
    expect(again).toMatchObject({ status: 503, text: "later" });
    expect(isReplay(again)).toBe(true);
    expect(store.applied).toEqual([{ put: "line" }]);
  });

  test("the client gets what the transaction recorded, whatever the function answers after it", async () => {
    const send = serve(async ({ call: { unit }, transact }) => {
      await transact([{ put: unit.id }], { status: 201, body: "recorded" });
      return { status: 500, body: "other" };
    }, options());
    for (let i = 0; i < 2; i++) {
      expect(await send(keyed(KEY), call())).toMatchObject({ status: 201, text: "recorded" });
    }
    expect(store.applied).toHaveLength(1);
  });

  test("a call that is over is refused, with a key or without, covered or not", async () => {
    const { send, effects } = counting({ methods: ["POST"] });
    const over = rootCall({ runtime: clock, signal: AbortSignal.abort(new Error("shut down")) });
    for (const request of [keyed(KEY), {}, { method: "PUT" }]) {
      await expect(send(request, over)).rejects.toThrow("shut down");
    }
    expect(effects()).toBe(0);
  });

  test("a mark that the function sets itself is not taken for a replay's", async () => {
    const send = serve(
      async () => ({ status: 200, headers: [["idempotency-replayed", "false"]] }),
      options(),
    );
    await send(keyed(KEY), call());
    expect((await send(keyed(KEY), call())).headers["idempotency-replayed"]).toEqual(["true"]);
  });

  test("while what keeps answers does not answer it is 503; where it never will, 409", async () => {
    for (const [retryable, expected] of [
      [true, { status: 503, retryAfter: "1" }],
      [false, { status: 409, retryAfter: undefined }],
    ] as const) {
      const gone = new HoldfastError("IDEMPOTENCY_RESULT_UNREADABLE", "gone", { retryable });
      const results = { keep: (text: string) => text, text: () => Promise.reject(gone) };
      const { send, effects } = counting({ results, operation: `keep-${retryable}` });
      await send(keyed(KEY), call());
      expect(problemIn(await send(keyed(KEY), call()))).toMatchObject(expected);
      expect(effects()).toBe(1);
    }
  });

  test("a process that dies in the middle is repeated when its lease has ended, and 409 before", async () => {
    let effects = 0;
    let isDead = true;
    const handle: Handle = async () => {
      effects += 1;
      if (isDead) await new Promise(() => {});
      return { status: 201 };
    };
    const send = serve(handle, options());
    send(keyed(KEY), call(3_000)).catch(() => {});
    await clock.advance(10);
    isDead = false;
    expect(problemIn(await send(keyed(KEY), call(3_000)))).toMatchObject({ status: 409, retryAfter: "4" });
    clock.jump(4_000);
    expect((await send(keyed(KEY), call(3_000))).status).toBe(201);
    // At least once: its effect was no part of a transaction.
    expect(effects).toBe(2);
  });

  test("the same, with abandoned keys blocked, is 409 without a time to come again", async () => {
    const send = serve(() => new Promise(() => {}), options({ onAbandoned: "block" }));
    send(keyed(KEY), call(3_000)).catch(() => {});
    await clock.advance(10);
    clock.jump(4_000);
    expect(problemIn(await send(keyed(KEY), call(3_000)))).toEqual({
      status: 409,
      code: "IDEMPOTENCY_UNKNOWN_OUTCOME",
      retryAfter: undefined,
    });
  });

  test("a store that does not answer is 503, and nothing runs", async () => {
    const down = { ...store, claim: () => Promise.reject(new Error("down")) };
    const { send, effects } = counting({ store: down });
    expect(problemIn(await send(keyed(KEY), call()))).toEqual({
      status: 503,
      code: "IDEMPOTENCY_STORE",
      retryAfter: "1",
    });
    expect(effects()).toBe(0);
  });

  test("where the answer cannot be recorded the client gets it all the same: it need not ask again", async () => {
    const down = withWrites(store, { complete: () => Promise.reject(new Error("down")) });
    const { send } = counting({ store: down });
    expect(await send(keyed(KEY), call())).toMatchObject({ status: 201, text: '{"order":1}' });
    expect(problemIn(await send(keyed(KEY), call()))).toMatchObject({ status: 409 });
  });

  test("an answer too large for the record goes to the client; a repeat is told so, and is no second effect", async () => {
    const random = seededRandom(1);
    const noise = Array.from({ length: 500_000 }, () => Math.floor(random() * 36).toString(36)).join("");
    let effects = 0;
    const send = serve(async () => ({ status: 200, body: `${++effects} ${noise}` }), options());
    expect((await send(keyed(KEY), call())).text).toBe(`1 ${noise}`);
    expect(problemIn(await send(keyed(KEY), call()))).toEqual({
      status: 409,
      code: "IDEMPOTENCY_RESULT_NOT_STORED",
      retryAfter: undefined,
    });
    expect(effects).toBe(1);
  });

  test("a run that lost its key is 503, and a repeat gets the answer of the run that took it", async () => {
    let effects = 0;
    const handle: Handle = async () => {
      const mine = ++effects;
      if (mine === 1) await wait(5_000);
      return { status: 201, body: `${mine}` };
    };
    const send = serve(handle, options({ leaseMs: 1_000, heartbeatMs: false }));
    const slow = send(keyed(KEY), call());
    await clock.advance(1_500);
    expect((await send(keyed(KEY), call())).text).toBe("2");
    expect(problemIn(await clock.run(slow))).toEqual({
      status: 503,
      code: "IDEMPOTENCY_LEASE_LOST",
      retryAfter: "1",
    });
    expect((await send(keyed(KEY), call())).text).toBe("2");
  });
});
