import type { IdempotencyStore } from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import { manualRuntime, seededRandom } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

/** A copy of the package, as a version of it is deployed. */
type Deployed = Pick<typeof import("../../src/index.ts"), "rootCall"> &
  Pick<typeof import("../../src/idempotency/index.ts"), "idempotent">;

/** The package as it is, but for the format of the records it writes. */
async function deployed(format: number): Promise<Deployed> {
  vi.resetModules();
  vi.doMock("../../src/idempotency/record.ts", async (load) => ({
    ...(await load()),
    RECORD_VERSION: format,
  }));
  const [{ rootCall }, { idempotent }] = await Promise.all([
    import("../../src/index.ts"),
    import("../../src/idempotency/index.ts"),
  ]);
  return { rootCall, idempotent };
}

describe("while an old and a new format share a table", () => {
  let old: Deployed;
  let next: Deployed;
  beforeAll(async () => {
    old = await deployed(1);
    next = await deployed(2);
  });
  afterAll(() => {
    vi.doUnmock("../../src/idempotency/record.ts");
    vi.resetModules();
  });

  function setUp(store: IdempotencyStore = memoryStore()) {
    const clock = manualRuntime();
    const effects: string[] = [];
    const wait = (ms: number) => new Promise<void>((resolve) => clock.setTimer(ms, resolve));
    /** One delivery to one of the two versions; `ends` says how its function does. */
    const deliver = async (to: Deployed, ends: "well" | "badly" | "never" | "slowly", key = "1") => {
      const handle = to.idempotent(
        async (_: string) => {
          if (ends === "never") return new Promise<never>(() => {});
          if (ends === "slowly") await wait(5_000);
          if (ends === "badly") throw new Error("failed");
          effects.push(key);
          return "done";
        },
        { store, operation: "op", key: (id) => id, leaseMs: 1_000, heartbeatMs: false },
      );
      return handle(key, to.rootCall({ runtime: clock }));
    };
    const codeOf = (work: Promise<unknown>) =>
      work.then(
        (answer) => answer,
        (error: Error & { readonly code?: string }) => error.code ?? error.message,
      );
    return { clock, effects, deliver, codeOf, store };
  }

  test("the new one replays what the old one completed", async () => {
    const { deliver, effects } = setUp();
    await deliver(old, "well");
    expect(await deliver(next, "well")).toBe("done");
    expect(effects).toHaveLength(1);
  });

  test("the new one takes over what the old one failed at, or died at", async () => {
    const { deliver, effects, codeOf, clock } = setUp();
    await codeOf(deliver(old, "badly", "failed"));
    expect(await deliver(next, "well", "failed")).toBe("done");
    void deliver(old, "never", "died");
    await clock.advance(1_000);
    expect(await deliver(next, "well", "died")).toBe("done");
    expect(effects).toEqual(["failed", "died"]);
  });

  test("the old one's late completion does not replace what the new one took over", async () => {
    const { deliver, codeOf, clock, store } = setUp();
    const slow = codeOf(deliver(old, "slowly"));
    await clock.advance(1_500);
    expect(await deliver(next, "well")).toBe("done");
    expect(await clock.run(slow)).toBe("IDEMPOTENCY_LEASE_LOST");
    void store;
  });

  test.each(["well", "badly", "never"] as const)(
    "the old one refuses, to be delivered again, what the new one did %s: it neither misreads nor repeats it",
    async (ends) => {
      const { deliver, codeOf, clock, effects } = setUp();
      void codeOf(deliver(next, ends));
      await clock.advance(60_000);
      const before = effects.length;
      expect(await codeOf(deliver(old, "well"))).toBe("IDEMPOTENCY_RECORD_VERSION");
      expect(effects).toHaveLength(before);
      // The redelivery reaches the new version at last.
      expect(await deliver(next, "well")).toBe("done");
      expect(effects).toHaveLength(1);
    },
  );

  test("the old one does not clear what the new one left, even past its expiry", async () => {
    const { deliver, codeOf, clock } = setUp();
    await deliver(next, "well");
    clock.jump(15 * 24 * 3_600_000);
    expect(await codeOf(deliver(old, "well"))).toBe("IDEMPOTENCY_RECORD_VERSION");
  });

  test("in any mix of deliveries to both every key has one effect, once the deployment is through", async () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      const { deliver, codeOf, clock, effects } = setUp();
      const random = seededRandom(seed);
      const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
      const running: Promise<unknown>[] = [];
      for (let delivery = 0; delivery < 12; delivery += 1) {
        // More and more of them reach the new version.
        const to = random() * 12 < delivery ? next : old;
        const work = codeOf(deliver(to, pick(["well", "badly", "never"] as const), pick(["a", "b"])));
        running.push(work);
        await clock.advance(pick([0, 10, 1_000]));
      }
      await clock.advance(10_000);
      for (const key of ["a", "b"]) await deliver(next, "well", key);
      expect(effects.toSorted(), `seed ${seed}`).toEqual(["a", "b"]);
    }
  });
});
