import { rootCall } from "holdfast";
import type { ClaimRequest } from "holdfast/idempotency";
import { redisStore } from "holdfast/idempotency/redis";
import { manualRuntime } from "holdfast/testing";
import { describe, expect, test } from "vitest";
import { ioredisOf, redisDouble } from "../../support/redis-double.ts";

const nowMs = 1_800_000_000_000;
const request: ClaimRequest = {
  id: "pay#1",
  owner: "me",
  payloadHash: "-",
  version: 1,
  nowMs,
  leaseUntilMs: nowMs + 10_000,
  expiresAtMs: nowMs + 60_000,
  takesAbandoned: true,
};
const never = new Promise<never>(() => {});

describe("which client", () => {
  const wrong = "client must be an ioredis or node-redis client";
  test.each<[string, unknown, string]>([
    ["nothing", undefined, wrong],
    ["null", null, wrong],
    ["an object without scripts", { get: async () => "OK", set: async () => "OK" }, wrong],
    ["one that has only eval", { eval: async () => "OK" }, wrong],
    ["one that has only evalsha", { evalsha: async () => "OK" }, wrong],
    [
      "@upstash/redis",
      { eval() {}, evalsha() {}, createScript() {} },
      "@upstash/redis turns texts into values",
    ],
  ])("%s is refused where it is given", (_, client, message) => {
    expect(() => redisStore({ client: client as never })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringContaining(message) }),
    );
  });

  test("options that there are not, and a prefix that is no text, are refused", () => {
    const client = ioredisOf(redisDouble());
    expect(() => redisStore({ client, prefix: "x" } as never)).toThrow('there is no option "prefix"');
    expect(() => redisStore({ client, keyPrefix: 1 as never })).toThrow("keyPrefix must be a text");
    expect(() => redisStore(undefined as never)).toThrow("none was given");
  });
});

describe("what is sent", () => {
  test("one key, behind the prefix, and every number as its whole text", async () => {
    const client = ioredisOf(redisDouble());
    const call = rootCall({ runtime: manualRuntime({ startMs: nowMs }) });
    await redisStore({ client, keyPrefix: "app:" }).claim({ ...request, nowMs: 9_007_199_254_740_000 }, call);
    const [command, script, keys, key, ticket, ...values] = client.sent[0] ?? [];
    expect([command, script, keys, key]).toEqual(["evalsha", "claim", "1", "app:pay#1"]);
    expect(ticket).not.toBe("");
    expect(values).toEqual([
      "1",
      "me",
      "-",
      "9007199254740000",
      "1800000010000",
      "1800000060000",
      "3600000",
      "9007199254740001",
      "1",
      "",
    ]);
  });

  test("the time to live is what is left by the run's own clock, and an hour: no clock of Redis has a say", async () => {
    const client = ioredisOf(redisDouble());
    const store = redisStore({ client });
    const call = rootCall({ runtime: manualRuntime({ startMs: nowMs + 20_000 }) });
    await store.claim(request, call);
    const lease = { ...request, fence: nowMs + 1 };
    await store.write(lease, { expiresAtMs: nowMs + 60_000 }, call);
    await store.write(lease, { leaseUntilMs: nowMs + 30_000 }, call);
    await store.write(lease, { expiresAtMs: nowMs - 1 }, call);
    expect(client.sent[0]?.[11]).toBe("3660000");
    expect(client.sent.slice(1).map((sent) => sent[8])).toEqual(["3640000", "", "3600000"]);
  });

  test("every request has a ticket of its own", async () => {
    const client = ioredisOf(redisDouble());
    const store = redisStore({ client });
    for (let reads = 0; reads < 3; reads += 1) await store.read("pay#1", rootCall());
    expect(new Set(client.sent.map((sent) => sent[4])).size).toBe(3);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY])(
    "a time of %d is refused before it is sent",
    async (leaseUntilMs) => {
      const client = ioredisOf(redisDouble());
      await expect(redisStore({ client }).claim({ ...request, leaseUntilMs }, rootCall())).rejects.toThrow(
        TypeError,
      );
      expect(client.sent).toEqual([]);
    },
  );
});

describe("the script's name first, its text when the server does not know it", () => {
  test("a known script is not sent again", async () => {
    const client = ioredisOf(redisDouble());
    await redisStore({ client }).claim(request, rootCall());
    expect(client.sent.map(([command]) => command)).toEqual(["evalsha"]);
  });

  test("NOSCRIPT brings the text, with the same values", async () => {
    const double = redisDouble();
    let known = false;
    const client = ioredisOf((...sent) => {
      if (known) return double(...sent);
      known = true;
      throw new Error("NOSCRIPT No matching script. Please use EVAL.");
    });
    expect(await redisStore({ client }).claim(request, rootCall())).toMatchObject({ claimed: true });
    const [first = [], second = []] = client.sent;
    expect([first[0], second[0]]).toEqual(["evalsha", "eval"]);
    expect(second.slice(1)).toEqual(first.slice(1));
  });

  test("any other error comes through as it is, and nothing is sent again: it may have been done", async () => {
    const lost = new Error("Connection is closed.");
    const client = ioredisOf(() => {
      throw lost;
    });
    await expect(redisStore({ client }).claim(request, rootCall())).rejects.toBe(lost);
    expect(client.sent.length).toBe(1);
  });
});

describe("a call that is over", () => {
  test("sends nothing when it is over before", async () => {
    const client = ioredisOf(redisDouble());
    const reason = new Error("enough");
    const call = rootCall({ signal: AbortSignal.abort(reason) });
    await expect(redisStore({ client }).claim(request, call)).rejects.toBe(reason);
    expect(client.sent).toEqual([]);
  });

  test("is not kept waiting by a reply that never comes", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const store = redisStore({ client: ioredisOf(() => never) });
    const claim = store.claim(request, rootCall({ signal: controller.signal }));
    controller.abort(reason);
    await expect(claim).rejects.toBe(reason);
  });

  test("ends at its deadline, and leaves no timer", async () => {
    const clock = manualRuntime({ startMs: nowMs });
    const store = redisStore({ client: ioredisOf(() => never) });
    const claim = store.claim(request, rootCall({ runtime: clock, timeoutMs: 500 }));
    await expect(clock.run(claim)).rejects.toMatchObject({ code: "DEADLINE_EXCEEDED" });
    expect(clock.now()).toBe(nowMs + 500);
  });

  test("does not send the text after NOSCRIPT", async () => {
    const controller = new AbortController();
    const client = ioredisOf(() => {
      controller.abort(new Error("enough"));
      throw new Error("NOSCRIPT");
    });
    await expect(
      redisStore({ client }).claim(request, rootCall({ signal: controller.signal })),
    ).rejects.toThrow("enough");
    await new Promise(setImmediate);
    expect(client.sent.length).toBe(1);
  });
});
