import fc from "fast-check";
import type { Runtime } from "holdfast";
import { manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { Scope } from "../../src/core/scope.ts";

/** What can be done to a tree of scopes. `scope` and `listener` count round those that there are. */
type Step =
  | { readonly do: "open"; readonly scope: number; readonly afterMs: number | undefined }
  | { readonly do: "listen"; readonly scope: number; readonly use: "hold" | "free" }
  | { readonly do: "leave"; readonly listener: number }
  | { readonly do: "abort" | "rest" | "end"; readonly scope: number }
  | { readonly do: "extend"; readonly scope: number; readonly byMs: number }
  | { readonly do: "wait"; readonly ms: number };

const which = fc.nat(9);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("open"),
      scope: which,
      afterMs: fc.option(fc.integer({ min: 1, max: 60 }), { nil: undefined }),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("listen"), scope: which, use: fc.constantFrom("hold", "free") }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("leave"), listener: which }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("abort", "rest", "end"), scope: which }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("extend"), scope: which, byMs: fc.integer({ min: 1, max: 60 }) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait"), ms: fc.integer({ min: 1, max: 40 }) }) },
) as fc.Arbitrary<Step>;

/** A scope as it is said to be: whoever asks looks at all of it anew. */
interface Said {
  readonly name: string;
  readonly parent: Said | undefined;
  deadlineMs: number;
  isOver: boolean;
  hasEnded: boolean;
}

interface Heard {
  readonly of: Said;
  readonly use: "hold" | "free";
  /** What the real one was told; undefined while it waits. */
  real: string | undefined;
  said: string | undefined;
  leave(): void;
}

function path(said: Said): readonly Said[] {
  return said.parent === undefined ? [said] : [said, ...path(said.parent)];
}

function bounder(said: Said): Said {
  return path(said).reduce((tightest, one) => (one.deadlineMs <= tightest.deadlineMs ? one : tightest));
}

function isLimited(said: Said): boolean {
  return bounder(said).deadlineMs < Number.POSITIVE_INFINITY;
}

test("a tree of scopes tells each listener once, why and when it is said, and holds no timer that nobody needs", async () => {
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), run), { numRuns: 300 });
});

async function run(steps: readonly Step[]): Promise<void> {
  const clock = manualRuntime();
  const keeping = new Set<object>();
  const runtime: Runtime = {
    ...clock,
    setTimer(ms, fn, keepAlive = false) {
      const timer = {};
      if (keepAlive) keeping.add(timer);
      const cancel = clock.setTimer(ms, () => {
        keeping.delete(timer);
        fn();
      });
      return () => {
        keeping.delete(timer);
        cancel();
      };
    },
  };
  const scopes: { real: Scope; said: Said }[] = [];
  const heard: Heard[] = [];
  const waiting = (): Heard[] => heard.filter(({ said }) => said === undefined);
  const beneath = (above: Said): Heard[] => waiting().filter(({ of }) => path(of).includes(above));

  function open(parent: (typeof scopes)[number] | undefined, afterMs: number | undefined): void {
    const name = `scope ${scopes.length}`;
    const deadlineMs = afterMs === undefined ? Number.POSITIVE_INFINITY : clock.now() + afterMs;
    const real = new Scope(runtime, parent?.real, { deadlineMs, overdue: () => name });
    scopes.push({ real, said: { name, parent: parent?.said, deadlineMs, isOver: false, hasEnded: false } });
  }

  function expire(said: Said): void {
    said.isOver = true;
    for (const one of beneath(said)) one.said = `${said.name} at ${clock.now()}`;
  }

  /** Timers fire at the deadlines of those who wait, one after the other. */
  async function wait(ms: number): Promise<void> {
    const untilMs = clock.now() + ms;
    for (;;) {
      const next = Math.min(...waiting().map(({ of }) => bounder(of).deadlineMs));
      if (next > untilMs) break;
      await clock.advance(next - clock.now());
      for (const { of } of waiting()) if (bounder(of).deadlineMs <= clock.now()) expire(bounder(of));
    }
    await clock.advance(untilMs - clock.now());
  }

  function listen({ real, said }: (typeof scopes)[number], use: "hold" | "free"): void {
    const one: Heard = { of: said, use, real: undefined, said: undefined, leave: () => {} };
    const isRefused = path(said).some(({ isOver, hasEnded }) => isOver || hasEnded);
    const tightest = bounder(said);
    if (!isRefused && tightest.deadlineMs <= clock.now()) expire(tightest);
    let calls = 0;
    const hear = (what: string): void => {
      calls += 1;
      one.real = calls === 1 ? what : "told twice";
    };
    one.leave = real.listen(
      (why) => hear(`${why} at ${clock.now()}`),
      () => hear("rest"),
      use,
    );
    if (isRefused || tightest.isOver) expect(calls).toBe(1);
    else heard.push(one);
  }

  open(undefined, undefined);
  for (const one of steps) {
    const scope = "scope" in one ? scopes[one.scope % scopes.length] : undefined;
    if (one.do === "wait") await wait(one.ms);
    else if (one.do === "leave") {
      const leaving = waiting()[one.listener % Math.max(1, waiting().length)];
      leaving?.leave();
      if (leaving !== undefined) heard.splice(heard.indexOf(leaving), 1);
    } else if (scope === undefined) throw new Error("There is always a scope.");
    else if (one.do === "open") open(scope, one.afterMs);
    else if (one.do === "listen") listen(scope, one.use);
    else if (one.do === "extend") {
      const laterMs = Math.min(scope.said.deadlineMs, clock.now() + 60) + one.byMs;
      scope.real.extend(laterMs);
      if (!scope.said.isOver) scope.said.deadlineMs = Math.max(scope.said.deadlineMs, laterMs);
    } else {
      for (const told of beneath(scope.said))
        told.said = one.do === "abort" ? `stop at ${clock.now()}` : "rest";
      if (one.do === "abort") {
        scope.real.abort("stop");
        scope.said.isOver = true;
      } else scope.real[one.do]();
      if (one.do === "end") scope.said.hasEnded = true;
    }
    expect(heard.map(({ real }) => real)).toEqual(heard.map(({ said }) => said));
    expect(clock.pendingTimers > 0).toBe(waiting().some(({ of }) => isLimited(of)));
    if (waiting().some(({ of, use }) => use === "hold" && isLimited(of)))
      expect(keeping.size).toBeGreaterThan(0);
  }
  for (const { leave } of heard) leave();
  expect(clock.pendingTimers).toBe(0);
}
