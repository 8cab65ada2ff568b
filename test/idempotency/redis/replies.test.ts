import { hasCode, rootCall } from "holdfast";
import { type ClaimRequest, type IdempotencyStore, idempotent } from "holdfast/idempotency";
import { redisStore } from "holdfast/idempotency/redis";
import { describe, expect, test } from "vitest";
import { ioredisOf, nodeRedisOf, redisDouble, type Serve } from "../../support/redis-double.ts";

const call = rootCall();
const nowMs = 1_800_000_000_000;
const request: ClaimRequest = {
  id: "pay#1",
  owner: "me",
  payloadHash: "-",
  version: 1,
  nowMs,
  leaseUntilMs: nowMs + 10_000,
  expiresAtMs: nowMs + 3_600_000,
  takesAbandoned: true,
};
const lease = { id: "pay#1", owner: "me", fence: nowMs + 1 };
const seen = { ...lease, state: "IN_PROGRESS" as const };

/** What the real scripts answer, as `change` alters it. */
function altered(change: (reply: unknown[], script: string) => unknown): Serve {
  const double = redisDouble();
  return (script, key, values) => change(double(script, key, values) as unknown[], script);
}

const replaced = (index: number, value: unknown) => altered((reply) => reply.with(index, value));

/** A reply to the same kind of request, of another owner, who was first. */
function ofAnother(): Serve {
  const double = redisDouble();
  return (script, key, [ticket = "", v = "", , ...values]) =>
    double(script, key, [ticket, v, "another", ...values]);
}

const fakes: readonly (readonly [string, () => Serve])[] = [
  ["answers OK to everything", () => () => "OK"],
  ["answers null", () => () => null],
  ["answers undefined", () => () => undefined],
  ["answers 1", () => () => 1],
  ["answers true", () => () => true],
  ["answers an empty list", () => () => []],
  ["answers an empty object", () => () => ({})],
  ["echoes the arguments", () => (_, __, values) => values],
  ["echoes the key and the arguments", () => (_, key, values) => [key, ...values]],
  [
    "echoes the arguments between the ticket and nothing",
    () =>
      (_, __, [ticket, ...rest]) => [ticket, rest],
  ],
  ["names no outcome", () => replaced(1, undefined)],
  ["names an outcome that there is not", () => replaced(1, "OK")],
  ["shows nothing of what was written", () => replaced(2, null)],
  ["shows values that are no texts", () => replaced(2, ["v", 1, "state", "IN_PROGRESS"])],
  ["answers Buffers", () => altered((reply) => reply.map((part) => Buffer.from(String(part))))],
];

describe("a client that does not run the scripts is detected, not trusted", () => {
  for (const clientOf of [ioredisOf, nodeRedisOf]) {
    test.each(fakes)(`${clientOf.name}: one that %s makes every method reject`, async (_, fake) => {
      const methods: ((store: IdempotencyStore) => Promise<unknown>)[] = [
        (store) => store.claim(request, call),
        (store) => store.write(lease, { state: "COMPLETED", atMs: nowMs }, call),
        (store) => store.settle(seen, { state: "RELEASED", owner: "a person" }, call),
        (store) => store.settle(seen, undefined, call),
        (store) => store.read("pay#1", call),
      ];
      for (const method of methods) {
        const serve = fake();
        await expect(method(redisStore({ client: clientOf(serve) }))).rejects.toSatisfy((error) =>
          hasCode(error, "REDIS_NOT_OUR_REPLY"),
        );
      }
    });
  }

  const halves: readonly (readonly [string, () => Serve])[] = [
    ["claims for another owner", ofAnother],
    ["wrote nothing", () => replaced(2, [])],
    ["refuses where there is nothing", () => altered(([ticket]) => [ticket, "refused", []])],
    [
      "did not count the fence on",
      () =>
        replaced(3, [
          "v",
          "1",
          "state",
          "RELEASED",
          "owner",
          "x",
          "fence",
          "7",
          "lease",
          "1",
          "expiresAt",
          "2",
          "at",
          "1",
          "payload",
          "-",
        ]),
    ],
    ...["v", "state", "owner", "fence", "lease", "expiresAt", "at", "payload"].map(
      (field) =>
        [
          `did not write ${field}`,
          () =>
            altered((reply) => {
              const shown = reply[2] as string[];
              return reply.with(
                2,
                shown.with(shown.indexOf(field) + 1, field === "state" ? "RELEASED" : "0"),
              );
            }),
        ] as const,
    ),
    [
      "left the result of the record before",
      () => altered((reply) => reply.with(2, [...(reply[2] as string[]), "result", "old"])),
    ],
    [
      "left the steps of no record before",
      () => altered((reply) => reply.with(2, [...(reply[2] as string[]), "step:a", "1"])),
    ],
  ];
  test.each(halves)("a claim is not granted by a script that %s", async (_, fake) => {
    const store = redisStore({ client: ioredisOf(fake()) });
    await expect(store.claim(request, call)).rejects.toSatisfy((error) =>
      hasCode(error, "REDIS_NOT_OUR_REPLY"),
    );
  });

  test.each([
    ["state", 0, "IN_PROGRESS"],
    ["owner", 1, "another"],
    ["fence", 2, "1"],
    ["lease", 3, "1"],
    ["expiresAt", 4, "1"],
    ["at", 5, null],
  ])("a change whose %s is not in Redis afterwards rejects", async (_, index, value) => {
    let active = false;
    const serve = altered((reply) => {
      return active ? reply.with(2, (reply[2] as unknown[]).with(index, value)) : reply;
    });
    const store = redisStore({ client: ioredisOf(serve) });
    await store.claim(request, call);
    active = true;
    const leaseUntilMs = request.leaseUntilMs + 5;
    const change = { state: "COMPLETED", leaseUntilMs, expiresAtMs: 6, atMs: 7 } as const;
    await expect(store.write(lease, change, call)).rejects.toSatisfy((error) =>
      hasCode(error, "REDIS_NOT_OUR_REPLY"),
    );
  });

  test.each([
    ["lost a step", (shown: string[]) => shown.slice(0, -2)],
    ["changed a step", (shown: string[]) => shown.with(-1, "2")],
    ["added a step", (shown: string[]) => [...shown, "step:b", "1"]],
  ])("a takeover is not granted by a script that %s", async (_, change) => {
    let active = false;
    const serve = altered((reply) => (active ? reply.with(2, change(reply[2] as string[])) : reply));
    const store = redisStore({ client: ioredisOf(serve) });
    await store.claim(request, call);
    await store.write(lease, { steps: { a: "1" } }, call);
    active = true;
    const nextMs = request.leaseUntilMs;
    const next = { ...request, owner: "next", nowMs: nextMs, leaseUntilMs: nextMs + 1 };
    await expect(store.claim(next, call)).rejects.toThrow("shows another record than the claim was to write");
  });

  test.each([["0"], ["2"], [undefined]])(
    "a step of 3 bytes of which Redis holds %s rejects",
    async (bytes) => {
      const serve = altered((reply, script) => {
        const shown = reply[2] as string[];
        return script === "change"
          ? reply.with(2, bytes === undefined ? shown.slice(0, -1) : shown.with(-1, bytes))
          : reply;
      });
      const store = redisStore({ client: ioredisOf(serve) });
      await store.claim(request, call);
      await expect(store.write(lease, { steps: { a: "€" } }, call)).rejects.toThrow(
        "shows another record than the change was to write",
      );
    },
  );

  test("a reply that belongs to the request before is not taken for this one's", async () => {
    const double = redisDouble();
    let late: unknown;
    const store = redisStore({
      client: ioredisOf((script, key, values) => {
        const reply = late;
        late = double(script, key, values);
        return reply ?? late;
      }),
    });
    await store.claim(request, call);
    await expect(store.claim({ ...request, id: "pay#2" }, call)).rejects.toThrow(
      "belongs to another request",
    );
    await store.read("pay#1", call).catch(() => {});
    await expect(store.read("pay#3", call)).rejects.toThrow("belongs to another request");
    const beat = { leaseUntilMs: nowMs + 20_000 };
    await store.write(lease, beat, call).catch(() => {});
    await expect(store.write({ ...lease, owner: "stale" }, beat, call)).rejects.toThrow(
      "belongs to another request",
    );
  });

  test("a removal that left the record rejects", async () => {
    const serve = altered((reply, script) => (script === "remove" ? reply.with(2, ["v", "1"]) : reply));
    const store = redisStore({ client: ioredisOf(serve) });
    await store.claim(request, call);
    await expect(store.settle(seen, undefined, call)).rejects.toThrow("was to be removed");
  });

  test("a function behind such a client never runs, and the error says what to look at", async () => {
    let runs = 0;
    const pay = idempotent(
      async () => {
        runs += 1;
      },
      { store: redisStore({ client: ioredisOf(() => "OK") }), operation: "pay", key: (id: string) => id },
    );
    await expect(pay("1", call)).rejects.toMatchObject({
      code: "IDEMPOTENCY_STORE",
      message: expect.stringContaining("The client must run Lua scripts on a real server"),
    });
    expect(runs).toBe(0);
  });

  test("the same function runs once behind a client that does run them: the control", async () => {
    let runs = 0;
    const store = redisStore({ client: ioredisOf(redisDouble()) });
    const pay = idempotent(async () => ++runs, { store, operation: "pay", key: (id: string) => id });
    expect([await pay("1", call), await pay("1", call), runs]).toEqual([1, 1, 1]);
  });
});

test.each([
  ["no record of ours", ["name", "Ada"]],
  ["a record without a fence", ["v", "1", "state", "RELEASED", "owner", "a", "payload", "-"]],
  [
    "a record of this version in an unknown state",
    [
      "v",
      "1",
      "state",
      "?",
      "owner",
      "a",
      "payload",
      "-",
      "fence",
      "1",
      "lease",
      "1",
      "expiresAt",
      "1",
      "at",
      "1",
    ],
  ],
])("a hash that is %s is an error, never a new key", async (_, hash) => {
  const store = redisStore({ client: ioredisOf((__, ___, [ticket]) => [ticket, "refused", hash]) });
  await expect(store.claim(request, call)).rejects.toThrow(TypeError);
});
