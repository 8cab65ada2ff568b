import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawn, shuffled } from "../../../../examples/local/faults/chance.ts";
import { faultDecisions } from "../../../../examples/local/faults/decide.ts";

const many = Array.from({ length: 2_000 }, (_, n) => n);
const share = (hits: readonly unknown[]): number => hits.filter(Boolean).length / hits.length;

describe("what is drawn", () => {
  it("depends on the seed and the words alone", () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(fc.string()), (seed, words) => {
        const value = drawn(seed, ...words);
        expect(value).toBe(drawn(seed, ...words));
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThan(1);
      }),
    );
  });

  it("is spread evenly over neighbouring seeds and counts", () => {
    expect(many.map((n) => drawn(n, "x")).reduce((sum, value) => sum + value, 0) / many.length).toBeCloseTo(
      0.5,
      1,
    );
    expect(share(many.map((n) => drawn(7, "requests[0]", n) < 0.1))).toBeCloseTo(0.1, 1);
  });

  it("shuffles without losing or doubling anything, and into other orders", () => {
    const items = [1, 2, 3, 4, 5];
    const orders = new Set(many.map((n) => shuffled(items, n / many.length).join("")));
    expect(orders.size).toBeGreaterThan(60);
    for (const order of orders) expect([...order].sort().join("")).toBe("12345");
  });
});

describe("a plan's decisions", () => {
  const request = { do: "lose-reply", service: "dynamodb", chance: 0.1 } as const;

  it("hit the share of candidates that a fault's chance says", () => {
    const faults = faultDecisions({ requests: [request] }, 5);
    expect(share(many.map(() => faults.request("dynamodb", "PutItem")))).toBeCloseTo(0.1, 1);
  });

  it("are the same for the n-th candidate in every run, and others for another seed", () => {
    const run = (seed: number) => {
      const faults = faultDecisions({ requests: [request] }, seed);
      return many.map(() => faults.request("dynamodb", "PutItem") !== undefined);
    };
    expect(run(5)).toEqual(run(5));
    expect(run(5)).not.toEqual(run(6));
  });

  it("do not shift when candidates of another operation come between", () => {
    const alone = faultDecisions({ requests: [request] }, 5);
    const mixed = faultDecisions({ requests: [request] }, 5);
    for (const _ of many) {
      mixed.request("dynamodb", "GetItem");
      expect(mixed.request("dynamodb", "PutItem")).toEqual(alone.request("dynamodb", "PutItem"));
    }
  });

  it("hit the service and operation that a fault names, and no other", () => {
    const faults = faultDecisions(
      { requests: [{ do: "throttle", service: "s3", operation: "GetObject" }] },
      1,
    );
    expect(faults.request("s3", "GetObject")).toEqual({ do: "throttle" });
    expect(faults.request("s3", "PutObject")).toBeUndefined();
    expect(faults.request("sqs", "GetObject")).toBeUndefined();
    expect([faults.touches("s3"), faults.touches("sqs")]).toEqual([true, false]);
  });

  it("hit requests whose path holds what a fault names, and count no others", () => {
    const faults = faultDecisions({ requests: [{ do: "fail", service: "s3", path: "/a/x-", nth: 2 }] }, 1);
    const fates = ["/a/x-1", "/a/y-1", "/b/x-1", "/a/x-2"].map((path) =>
      faults.request("s3", "PutObject", path),
    );
    expect(fates).toEqual([undefined, undefined, undefined, { do: "fail" }]);
  });

  it("hit the n-th candidate alone when a fault says so", () => {
    const faults = faultDecisions({ entries: [{ code: "Slow", nth: 3 }] }, 1);
    expect([1, 2, 3, 4].map(() => faults.entry())).toEqual([undefined, undefined, "Slow", undefined]);
  });

  it("know a function by its logical id or its whole name", () => {
    const at = "before-answer";
    const faults = faultDecisions({ invocations: [{ do: "kill", function: "Store", at }] }, 1);
    const hit = (functionName: string) => faults.invocation({ functionName, attempt: 1 }) !== undefined;
    expect([hit("app-Store"), hit("Store"), hit("app-Restore"), hit("Store-app")]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  it("leave a second delivery alone, unless more attempts are named", () => {
    const kill = { do: "kill", function: "F", at: "before-answer" } as const;
    const second = { functionName: "F", attempt: 2 };
    expect(faultDecisions({ invocations: [kill] }, 1).invocation(second)).toBeUndefined();
    expect(faultDecisions({ invocations: [{ ...kill, attempts: 2 }] }, 1).invocation(second)).toBeDefined();
  });

  it("draw a moment within the time that a fault names", () => {
    const faults = faultDecisions({ invocations: [{ do: "kill", function: "F", at: { withinMs: 30 } }] }, 1);
    const moments = many.map(() => faults.invocation({ functionName: "F", attempt: 1 })?.at);
    const times = moments.map((at) => (typeof at === "object" && "afterMs" in at ? at.afterMs : Number.NaN));
    expect(Math.min(...times)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...times)).toBeLessThan(30);
    expect(new Set(times).size).toBeGreaterThan(many.length / 2);
  });

  it("draw an await among the first that a fault names", () => {
    const at = { withinAwaits: 5 };
    const faults = faultDecisions({ invocations: [{ do: "kill", function: "F", at }] }, 1);
    const moments = many.map(() => faults.invocation({ functionName: "F", attempt: 1 })?.at);
    const awaits = moments.map((one) => (typeof one === "object" && "atAwait" in one ? one.atAwait : 0));
    expect([...new Set(awaits)].sort()).toEqual([1, 2, 3, 4, 5]);
  });

  it("hit a third party only within the time that a fault names", () => {
    const faults = faultDecisions(
      { thirdParties: [{ do: "dead", name: "bank", fromMs: 100, untilMs: 200 }] },
      1,
    );
    const dead = (atMs: number) => faults.thirdParty("bank", atMs)?.do === "dead";
    expect([99, 100, 199, 200].map(dead)).toEqual([false, true, true, false]);
    expect(faults.thirdParty("shop", 150)).toBeUndefined();
  });

  it("go on with a burst for as many requests as it says, and shift nothing else by it", () => {
    const fail = { do: "fail", name: "bank" } as const;
    const slow = { do: "slow", name: "bank", nth: 7 } as const;
    const faults = faultDecisions({ thirdParties: [{ ...fail, nth: 2, times: 3 }, slow] }, 1);
    const fates = Array.from({ length: 7 }, () => faults.thirdParty("bank", 0)?.do);
    expect(fates).toEqual([undefined, "fail", "fail", "fail", undefined, undefined, "slow"]);
  });

  it("give a burst to the third party that it began with", () => {
    const faults = faultDecisions({ thirdParties: [{ do: "fail", name: "bank", nth: 1, times: 2 }] }, 1);
    const fates = ["bank", "shop", "bank", "bank"].map((name) => faults.thirdParty(name, 0)?.do);
    expect(fates).toEqual(["fail", undefined, "fail", undefined]);
  });

  it("give nothing for an empty plan", () => {
    const faults = faultDecisions({}, 1);
    expect([
      faults.request("dynamodb", "PutItem"),
      faults.entry(),
      faults.invocation({ functionName: "F", attempt: 1 }),
      faults.duplicate("F"),
      faults.reorder("F"),
      faults.clockSkewMs("F"),
      faults.thirdParty("x", 0),
    ]).toEqual([undefined, undefined, undefined, false, undefined, 0, undefined]);
  });
});

describe("faults that have met nothing they could strike", () => {
  it("are those whose names were never seen, whatever their chance", () => {
    const misspelt = { do: "fail", service: "dynamodb", operation: "PutItm" } as const;
    const absent = { do: "kill", function: "Plcae", at: "before-answer" } as const;
    const late = { do: "dead", name: "bank", fromMs: 100 } as const;
    const decisions = faultDecisions(
      {
        requests: [{ do: "fail", service: "dynamodb", operation: "PutItem", chance: 0 }, misspelt],
        invocations: [{ do: "kill", function: "Place", at: "before-answer", nth: 9 }, absent],
        thirdParties: [late],
      },
      1,
    );
    decisions.request("dynamodb", "PutItem");
    decisions.invocation({ functionName: "app-Place", attempt: 1 });
    decisions.thirdParty("bank", 99);
    expect(decisions.idle().map((fault) => JSON.parse(fault))).toEqual([misspelt, absent, late]);
    decisions.thirdParty("bank", 100);
    expect(decisions.idle()).toHaveLength(2);
  });
});
