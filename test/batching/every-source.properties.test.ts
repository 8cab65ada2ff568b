import fc from "fast-check";
import { sleep, wrap, wrapHandler } from "holdfast";
import { fakeContext, type ManualRuntime, manualRuntime } from "holdfast/testing";
import { describe, expect, test } from "vitest";
import { type ByIndex, type Outcome, type SourceUnderTest, sources } from "./every-source.ts";

const job = fc.record({
  delayMs: fc.integer({ min: 0, max: 400 }),
  end: fc.constantFrom("ok", "ok", "ok", "ok", "throw", "hang"),
  lane: fc.integer({ min: 0, max: 3 }),
});

function planOf({ maxRecords }: SourceUnderTest) {
  return fc.record({
    jobs: fc.array(job, { minLength: Math.min(1, maxRecords), maxLength: maxRecords }),
    concurrency: fc.integer({ min: 1, max: 12 }),
    timeoutMs: fc.integer({ min: 0, max: 1_500 }),
    marginMs: fc.integer({ min: 0, max: 300 }),
  });
}

type Plan = ReturnType<typeof planOf> extends fc.Arbitrary<infer T> ? T : never;

/** What a run showed, by the records' places in `order`. */
interface Seen {
  readonly outcome: Outcome;
  readonly order: readonly number[];
  readonly begun: readonly number[];
  readonly succeeded: ReadonlySet<number>;
  /** Failures, with how many records had begun by then. */
  readonly failedAfter: ReadonlyMap<number, number>;
  readonly most: number;
  readonly tookMs: number;
  readonly effectsLater: number;
  readonly clock: ManualRuntime;
}

async function run(source: SourceUnderTest, plan: Plan): Promise<Seen> {
  const { jobs, concurrency, timeoutMs, marginMs } = plan;
  const clock = manualRuntime();
  const begun: number[] = [];
  const succeeded = new Set<number>();
  const failedAfter = new Map<number, number>();
  let running = 0;
  let most = 0;
  let answered = false;
  let effectsLater = 0;
  const effect = wrap(async () => {
    if (answered) effectsLater += 1;
  });

  const work: ByIndex = async (index, call) => {
    const { delayMs, end } = jobs[index] ?? { delayMs: 0, end: "hang" };
    begun.push(index);
    if (answered) effectsLater += 1;
    running += 1;
    most = Math.max(most, running);
    try {
      // Heeds nothing: it thaws long after the answer.
      if (end === "hang") await new Promise<void>((resolve) => clock.setTimer(20_000, resolve));
      else await sleep(call, delayMs);
      await effect(undefined, call);
      if (end === "throw") throw undefined;
      if (!answered) succeeded.add(index);
    } catch (error) {
      failedAfter.set(index, begun.length);
      throw error;
    } finally {
      running -= 1;
    }
  };

  const { event, order } = source.event(jobs.map(({ lane }) => lane));
  const handler = wrapHandler(source.batch(work, { concurrency, marginMs }));
  const beganMs = clock.now();
  const context = fakeContext({ runtime: clock, timeoutMs });
  const outcome = await clock.run(
    handler(event as never, context).then(
      (response): Outcome => ({ response }),
      (error: unknown): Outcome => ({ error }),
    ),
  );
  answered = true;
  if ("error" in outcome) expect(outcome.error).toMatchObject({ code: "RECORDS_FAILED" });
  const tookMs = clock.now() - beganMs;
  const failedBefore = new Map(failedAfter);
  await clock.advance(60_000);
  return { outcome, order, begun, succeeded, failedAfter: failedBefore, most, tookMs, effectsLater, clock };
}

function holdsFor(source: SourceUnderTest, check: (seen: Seen, plan: Plan) => void): Promise<void> {
  return fc.assert(
    fc.asyncProperty(planOf(source), async (plan) => check(await run(source, plan), plan)),
    { numRuns: 120 },
  );
}

describe.each(sources)("$name", (source) => {
  test("every record that comes again or has succeeded is every record", () =>
    holdsFor(source, ({ outcome, order, succeeded }) => {
      const again = source.comesAgain(outcome, order);
      expect([...new Set([...again, ...succeeded])].toSorted((a, b) => a - b)).toEqual(
        order.toSorted((a, b) => a - b),
      );
    }));

  test("what succeeded does not come again, unless the source sends all behind a failure", () =>
    holdsFor(source, ({ outcome, order, succeeded, failedAfter }) => {
      const again = source.comesAgain(outcome, order);
      const repeated = again.filter((index) => succeeded.has(index));
      if (source.name.endsWith("Events")) {
        // No partial response: all comes again, and only when something did not succeed.
        if (succeeded.size === order.length) expect(again).toEqual([]);
      } else if (source.stopsAt === "shard") {
        const [first] = again;
        if (first !== undefined) expect(succeeded.has(first)).toBe(false);
        expect(repeated.every((index) => order.indexOf(index) > order.indexOf(first ?? 0))).toBe(true);
      } else {
        expect(repeated).toEqual([]);
        expect([...failedAfter.keys()].every((index) => again.includes(index))).toBe(true);
      }
    }));

  test("records of one lane run in order, and none after a failure", () =>
    holdsFor(source, ({ begun, order, failedAfter }, { jobs }) => {
      if (source.stopsAt === "none") return;
      for (const lane of [0, 1, 2, 3]) {
        const of = (list: readonly number[]): readonly number[] =>
          list.filter((index) => jobs[index]?.lane === lane);
        const ran = of(begun);
        expect(ran).toEqual(of(order).slice(0, ran.length));
        for (const index of ran.slice(0, -1)) expect(failedAfter.has(index)).toBe(false);
      }
    }));

  test("nothing past a shard's lowest failure is started", () =>
    holdsFor(source, ({ begun, failedAfter }) => {
      if (source.stopsAt !== "shard") return;
      for (const [index, begunBefore] of failedAfter) {
        expect(begun.slice(begunBefore).filter((later) => later > index)).toEqual([]);
      }
    }));

  test("while there is time, nothing is left behind but what stands behind a failure", () =>
    holdsFor(source, ({ begun, order, failedAfter, tookMs }, { jobs, timeoutMs, marginMs }) => {
      if (tookMs >= timeoutMs - marginMs) return;
      const isInTheWay = (place: number, failed: number): boolean =>
        order.indexOf(failed) < place &&
        (source.stopsAt === "shard" || jobs[failed]?.lane === jobs[order[place] ?? 0]?.lane);
      const left = order.filter(
        (index, place) =>
          !begun.includes(index) &&
          (source.stopsAt === "none" || ![...failedAfter.keys()].some((failed) => isInTheWay(place, failed))),
      );
      expect(left).toEqual([]);
    }));

  test("at most concurrency records run at once", () =>
    holdsFor(source, ({ most }, { concurrency }) => {
      expect(most).toBeLessThanOrEqual(concurrency);
    }));

  test("the answer is there before the deadline, and leaves no timer", () =>
    holdsFor(source, ({ tookMs, clock }, { timeoutMs, marginMs }) => {
      expect(tookMs).toBeLessThanOrEqual(Math.max(0, timeoutMs - marginMs));
      expect(clock.pendingTimers).toBe(0);
    }));

  test("after the answer nothing starts, and what thaws is refused", () =>
    holdsFor(source, ({ effectsLater }) => {
      expect(effectsLater).toBe(0);
    }));
});
