/**
 * What other idempotency libraries were seen to get wrong, as the right behaviour. Beside each, "the peer" shows that AWS
 * Lambda Powertools for TypeScript (the version in package.json) does get it wrong: when such a test fails it has mended
 * that, and what is said of it must go.
 */
import {
  IdempotencyConfig,
  IdempotencyItemAlreadyExistsError,
  IdempotencyRecordStatus,
  makeIdempotent,
} from "@aws-lambda-powertools/idempotency";
import { DynamoDBPersistenceLayer } from "@aws-lambda-powertools/idempotency/dynamodb";
import { type BasePersistenceLayer, IdempotencyRecord } from "@aws-lambda-powertools/idempotency/persistence";
import { type Call, rootCall } from "holdfast";
import { dynamoDBTransport } from "holdfast/aws/dynamodb";
import { type IdempotencyStore, type IdempotentOptions, idempotent, localCache } from "holdfast/idempotency";
import { dynamoDBStore } from "holdfast/idempotency/dynamodb";
import { type MemoryStore, memoryStore } from "holdfast/idempotency/memory";
import { type ManualRuntime, manualRuntime, seededRandom } from "holdfast/testing";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { PowertoolsMemoryLayer } from "../../bench/modules/idempotency/powertools-memory-layer.ts";
import { startTestDynamoDB, type TestDynamoDB } from "../support/dynamodb.ts";

interface Order {
  readonly id?: string;
  readonly tenant?: string;
}
const order: Order = { id: "1", tenant: "a" };

let dynamo: TestDynamoDB;
beforeAll(async () => {
  dynamo = await startTestDynamoDB();
});
afterAll(() => dynamo.stop());

let clock: ManualRuntime;
let store: MemoryStore;
let layer: PowertoolsMemoryLayer;
let nowMs: number;
beforeEach(() => {
  clock = manualRuntime();
  store = memoryStore();
  layer = new PowertoolsMemoryLayer();
  // The peer reads the ambient clock, and warns of keys that are missing.
  nowMs = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
  vi.spyOn(console, "warn").mockImplementation(() => {});
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const call = (): Call => rootCall({ runtime: clock });

function ours<R>(fn: (input: Order) => Promise<R>, changes: Partial<IdempotentOptions<Order>> = {}) {
  const key = (input: Order) => input.id;
  return idempotent((input: Order, _: Call) => fn(input), { store, operation: "charge", key, ...changes });
}

const LEASE_MS = 1_000;
const lambdaContext = { getRemainingTimeInMillis: () => LEASE_MS } as never;

/** The peer, whose records are taken over once the invocation that Lambda's context tells of must have ended. */
function peers<R>(
  fn: (input: Order) => Promise<R>,
  changes: ConstructorParameters<typeof IdempotencyConfig>[0] = {},
  persistenceStore: BasePersistenceLayer = layer,
) {
  const config = new IdempotencyConfig({ eventKeyJmesPath: "id", lambdaContext, ...changes });
  return makeIdempotent(fn, { persistenceStore, config });
}

async function oursOnDynamoDB(): Promise<IdempotencyStore> {
  const transport = dynamoDBTransport(dynamo.clientFor());
  return dynamoDBStore({ transport, tableName: await dynamo.newTable() });
}

async function peersOnDynamoDB(): Promise<BasePersistenceLayer> {
  const tableName = await dynamo.newTable();
  return new DynamoDBPersistenceLayer({ tableName, awsSdkV3Client: dynamo.clientFor() });
}

/** Three deliveries, each after the lease of the one before, as of a source that tries again. */
async function deliverThrice(deliver: () => Promise<unknown>): Promise<void> {
  for (let delivery = 1; delivery <= 3; delivery++) {
    await deliver().catch(() => {});
    passLease();
  }
}

function passLease(): void {
  clock.jump(LEASE_MS + 1);
  nowMs += LEASE_MS + 1;
  vi.setSystemTime(nowMs);
}

describe("a worker that wakes after another took its key over", () => {
  type Wake = (asleep: PromiseWithResolvers<void>) => void;
  type Wrap = (fn: () => Promise<number>) => () => Promise<number>;

  /** Two runs, the first of which wakes when the second has answered; and what the next repeat is answered. */
  async function repeatAfter(wake: Wake, wrap: Wrap): Promise<number> {
    const asleep = Promise.withResolvers<void>();
    let runs = 0;
    const charge = wrap(async () => {
      const run = ++runs;
      if (run === 1) await asleep.promise;
      return run;
    });
    const stale = charge().catch(() => {});
    await clock.advance(0);
    passLease();
    expect(await charge()).toBe(2);
    wake(asleep);
    await stale;
    return charge();
  }

  const wrapOurs: Wrap = (fn) => {
    const charge = ours(fn, { leaseMs: LEASE_MS, heartbeatMs: false });
    return () => charge(order, call());
  };
  const wrapPeers: Wrap = (fn) => {
    const charge = peers(fn);
    return () => charge(order);
  };
  const completes: Wake = ({ resolve }) => resolve();
  const fails: Wake = ({ reject }) => reject(new Error("slow and wrong"));

  test("does not overwrite the newer result", async () => {
    expect(await repeatAfter(completes, wrapOurs)).toBe(2);
  });

  test("does not delete the newer record when it fails", async () => {
    expect(await repeatAfter(fails, wrapOurs)).toBe(2);
  });

  test("the peer: overwrites it", async () => {
    expect(await repeatAfter(completes, wrapPeers)).toBe(1);
  });

  test("the peer: deletes it, and the work is done a third time", async () => {
    expect(await repeatAfter(fails, wrapPeers)).toBe(3);
  });
});

describe("a result larger than an item of DynamoDB", () => {
  const random = seededRandom(1);
  const noise = Array.from({ length: 600_000 }, () => Math.floor(random() * 36).toString(36)).join("");

  test("is one effect in three deliveries", async () => {
    let effects = 0;
    const charge = ours(async () => `${++effects} ${noise}`, { store: await oursOnDynamoDB() });
    await deliverThrice(() => charge(order, call()));
    expect(effects).toBe(1);
  });

  test("the peer: is three", async () => {
    let effects = 0;
    const charge = peers(async () => `${++effects} ${noise}`, {}, await peersOnDynamoDB());
    await deliverThrice(() => charge(order));
    expect(effects).toBe(3);
  });
});

describe("a result with", () => {
  // The peer stores sets of texts or of numbers.
  const values = [
    ["undefined", undefined],
    ["a Date", new Date(0)],
    ["NaN", Number.NaN],
    ["a Set without items", new Set()],
    ["a Set of objects", new Set([{ id: 1 }])],
  ] as const;

  test.each(values)("%s is one effect, and comes back", async (_name, value) => {
    let effects = 0;
    const charge = ours(async () => ({ effect: ++effects, value }), { store: await oursOnDynamoDB() });
    await deliverThrice(() => charge(order, call()));
    expect(await charge(order, call())).toStrictEqual({ effect: 1, value });
    expect(effects).toBe(1);
  });

  test.each(values)("the peer: %s throws after the effect, every time", async (_name, value) => {
    let effects = 0;
    const charge = peers(async () => ({ effect: ++effects, value }), {}, await peersOnDynamoDB());
    await deliverThrice(() => charge(order));
    expect(effects).toBe(3);
  });
});

describe("events that differ in a member named __proto__ alone", () => {
  const events = [1, 2].map((cents): Order => JSON.parse(`{"id":"1","__proto__":{"cents":${cents}}}`));

  async function runsOf(charge: (event: Order) => Promise<unknown>): Promise<void> {
    for (const event of events) await charge(event);
  }

  test("are two keys", async () => {
    let runs = 0;
    const charge = ours(async () => ++runs, { key: (event) => ({ ...event }) });
    await runsOf((event) => charge(event, call()));
    expect(runs).toBe(2);
  });

  test("are two payloads: the second is refused", async () => {
    const charge = ours(async () => 1, { payload: (event) => event });
    await expect(runsOf((event) => charge(event, call()))).rejects.toMatchObject({
      code: "IDEMPOTENCY_PAYLOAD_MISMATCH",
    });
  });

  test("the peer: are one key", async () => {
    let runs = 0;
    await runsOf(peers(async () => ++runs, { eventKeyJmesPath: "" }));
    expect(runs).toBe(1);
  });

  test("the peer: are one payload", async () => {
    let runs = 0;
    await runsOf(peers(async () => ++runs, { payloadValidationJmesPath: "@" }));
    expect(runs).toBe(1);
  });
});

describe("two functions with equal keys in one store", () => {
  test("both run: an operation is part of every key, and cannot be left out", async () => {
    await ours(async () => "charged")(order, call());
    expect(await ours(async () => "refunded", { operation: "refund" })(order, call())).toBe("refunded");
    expect(() => ours(async () => 1, { operation: undefined as never })).toThrow(/operation must be a name/);
  });

  test("the peer: without a prefix the second is answered the first one's result", async () => {
    await peers(async () => "charged")(order);
    expect(await peers(async () => "refunded")(order)).toBe("charged");
  });
});

describe("requests without a key", () => {
  const keyless: Order = {};

  test("are refused, also when the key has several parts", async () => {
    const run = vi.fn(async () => 1);
    const key = (event: Order) => ({ tenant: event.tenant, id: event.id });
    await expect(ours(run)(keyless, call())).rejects.toMatchObject({ code: "IDEMPOTENCY_KEY_MISSING" });
    await expect(ours(run, { key })(keyless, call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_KEY_MISSING",
    });
    expect(run).not.toHaveBeenCalled();
  });

  test("each run on their own where that is asked for", async () => {
    let runs = 0;
    const key = (event: Order) => ({ tenant: event.tenant, id: event.id });
    const charge = ours(async () => ++runs, { key, onMissingKey: "run" });
    await charge(keyless, call());
    expect(await charge(keyless, call())).toBe(2);
  });

  test("the peer: with a key of several parts, share one record", async () => {
    let runs = 0;
    const charge = peers(async () => ++runs, { eventKeyJmesPath: "[tenant, id]" });
    await charge(keyless);
    expect(await charge(keyless)).toBe(1);
  });
});

describe("a function that changes its input", () => {
  const changing = () => {
    let runs = 0;
    return async (input: { id?: string }) => {
      input.id = "changed";
      return ++runs;
    };
  };

  test("completes the key that was claimed, and no other", async () => {
    const charge = ours(changing());
    await charge({ id: "1" }, call());
    expect(await charge({ id: "1" }, call())).toBe(1);
    expect(await charge({ id: "changed" }, call())).toBe(2);
  });

  test("the peer: completes another key, and leaves its own in progress", async () => {
    const charge = peers(changing());
    await charge({ id: "1" });
    await expect(charge({ id: "1" })).rejects.toMatchObject({ name: "IdempotencyAlreadyInProgressError" });
    expect(await charge({ id: "changed" })).toBe(1);
  });
});

describe("a claim refused by a record in progress", () => {
  /** A store that shows a record to the first claim, as one does that others write at the same time. */
  function showing(untilMs: (nowMs: number) => number): IdempotencyStore {
    let claims = 0;
    return {
      ...store,
      async claim(request, given) {
        if (++claims > 1) return store.claim(request, given);
        const { leaseUntilMs: _, nowMs: atMs, ...rest } = request;
        const leaseUntilMs = untilMs(atMs);
        return {
          claimed: false,
          found: { ...rest, state: "IN_PROGRESS", owner: "another", fence: 1, leaseUntilMs, atMs },
        };
      },
    };
  }

  test("whose lease has ended is made again, and runs", async () => {
    const charge = ours(async () => "done", { store: showing((at) => at) });
    expect(await charge(order, call())).toBe("done");
  });

  test("whose lease goes on is refused", async () => {
    const charge = ours(async () => "done", { store: showing((at) => at + 1) });
    await expect(charge(order, call())).rejects.toMatchObject({
      code: "IDEMPOTENCY_IN_PROGRESS",
      retryAfterMs: 1,
    });
  });

  test("the peer: is refused whether or not it ended, as it compares that with the milliseconds of a second", async () => {
    let claims = 0;
    class Ended extends PowertoolsMemoryLayer {
      protected override async _putRecord({ idempotencyKey }: IdempotencyRecord): Promise<void> {
        claims += 1;
        const inProgressExpiryTimestamp = Date.now() - 1;
        const status = IdempotencyRecordStatus.INPROGRESS;
        const found = new IdempotencyRecord({ idempotencyKey, status, inProgressExpiryTimestamp });
        throw new IdempotencyItemAlreadyExistsError("The key exists already.", found);
      }
    }
    const charge = peers(async () => "done", {}, new Ended());
    await expect(charge(order)).rejects.toMatchObject({ name: "IdempotencyAlreadyInProgressError" });
    // It means to ask three times for a record that has ended.
    expect(claims).toBe(1);
  });
});

describe("what one caller does to a replayed object", () => {
  const listing = async () => ({ list: ["stored"] });

  test("the next does not see, from the store or remembered here", async () => {
    for (const changes of [{}, { cache: localCache(), operation: "cached" }]) {
      const charge = ours(listing, changes);
      (await charge(order, call())).list.push("by the first caller");
      (await charge(order, call())).list.push("by the second caller");
      expect(await charge(order, call())).toEqual({ list: ["stored"] });
    }
  });

  test("the peer: the next sees, with its local cache", async () => {
    const charge = peers(listing, { useLocalCache: true }, await peersOnDynamoDB());
    (await charge(order)).list.push("by the first caller");
    expect(await charge(order)).toEqual({ list: ["stored", "by the first caller"] });
  });
});
