import {
  type Call,
  deriveCall,
  hasCode,
  type Policy,
  refusal,
  rootCall,
  timeout,
  wrap,
  wrapHandler,
} from "holdfast";
import { retry } from "holdfast/retry";
import { fakeContext, manualRuntime } from "holdfast/testing";
import { expect, test } from "vitest";
import { callsBeneath, scopeOf } from "../../src/core/call.ts";

const noting = (name: string, notes: string[]): Policy => ({
  name,
  async run(_input, call, next) {
    notes.push(`${name} in`);
    const result = await next(call);
    notes.push(`${name} out`);
    return result;
  },
});

test("the first policy is the outermost", async () => {
  const notes: string[] = [];
  const run = wrap(async () => notes.push("fn"), noting("a", notes), noting("b", notes));
  await run(undefined, rootCall());
  expect(notes).toEqual(["a in", "b in", "fn", "b out", "a out"]);
});

test("policies are put together once, not per call", async () => {
  let reads = 0;
  const policy: Policy = {
    name: "counted",
    get run() {
      reads += 1;
      return ((_input, call, next) => next(call)) satisfies Policy["run"];
    },
  };
  const run = wrap(async () => 1, policy);
  reads = 0;
  await run(undefined, rootCall());
  await run(undefined, rootCall());
  expect(reads).toBe(0);
});

test("a function that throws before its first await rejects", async () => {
  const run = wrap((): Promise<never> => {
    throw new Error("at once");
  });
  await expect(run(undefined, rootCall())).rejects.toThrow("at once");
});

test("a missing call is an error that says what to do", async () => {
  const run = wrap(async () => 1) as unknown as () => Promise<number>;
  await expect(run()).rejects.toMatchObject({
    code: "CALL_MISSING",
    message: expect.stringContaining("rootCall("),
  });
});

test("Lambda's context instead of a call is an error that says what to export", async () => {
  const run = wrap(async () => 1) as unknown as (event: object, context: object) => Promise<number>;
  await expect(run({}, fakeContext())).rejects.toMatchObject({ code: "CALL_IS_CONTEXT" });
  await expect(run({}, {})).rejects.toMatchObject({ code: "CALL_MISSING" });
});

test("a policy's factory passed without being called is refused by name", () => {
  function someFactory(): Policy {
    return noting("x", []);
  }
  expect(() => wrap(async () => 1, someFactory as unknown as Policy)).toThrow(/policy 1 .*someFactory\(/);
  expect(() => wrap(async () => 1, {} as Policy)).toThrow(/policy 1/);
});

test("a call that was aborted is refused before anything runs", async () => {
  let ran = false;
  const run = wrap(async () => {
    ran = true;
  });
  await expect(run(undefined, rootCall({ signal: AbortSignal.abort(new Error("gone")) }))).rejects.toThrow(
    "gone",
  );
  expect(ran).toBe(false);
});

test("a call past its deadline is refused by the clock, before any timer has fired", async () => {
  const clock = manualRuntime();
  const call = rootCall({ runtime: clock, timeoutMs: 1_000 });
  clock.jump(1_000);
  const refused = wrap(async () => 1)(undefined, call);
  await expect(refused).rejects.toSatisfy((error) => hasCode(error, "DEADLINE_EXCEEDED"));
});

test("a call made by hand works, and its signal and deadline are obeyed", async () => {
  const controller = new AbortController();
  const call: Call = { signal: controller.signal, deadlineMs: Number.POSITIVE_INFINITY, attempt: 1 };
  const run = wrap(async () => "ran", noting("a", []));
  expect(await run(undefined, call)).toBe("ran");
  controller.abort(new Error("by hand"));
  await expect(run(undefined, call)).rejects.toThrow("by hand");
  await expect(
    run(undefined, { ...call, signal: new AbortController().signal, deadlineMs: 1 }),
  ).rejects.toMatchObject({
    code: "DEADLINE_EXCEEDED",
  });
});

test("a policy may spread the call: signal, clock and deadline are mended", async () => {
  const clock = manualRuntime();
  const spreading: Policy = {
    name: "spreading",
    run: (_input, call, next) => next({ ...call, attempt: 7 }),
  };
  const controller = new AbortController();
  const run = wrap(async (_: undefined, call: Call) => {
    controller.abort(new Error("stop"));
    return [call.attempt, call.signal.aborted, call.deadlineMs];
  }, spreading);
  const call = rootCall({ runtime: clock, timeoutMs: 50, signal: controller.signal });
  expect(await run(undefined, call)).toEqual([7, true, clock.now() + 50]);
});

test("a spread that brings its own signal obeys both", async () => {
  const own = new AbortController();
  const spreading: Policy = {
    name: "spreading",
    run: (_input, call, next) => next({ ...call, signal: own.signal }),
  };
  const outer = new AbortController();
  const seen: boolean[] = [];
  const run = wrap(async (_: undefined, call: Call) => {
    own.abort();
    seen.push(call.signal.aborted);
  }, spreading);
  await run(undefined, rootCall({ signal: outer.signal }));
  expect(seen).toEqual([true]);
});

test("each of many calls beneath one has its own member and attempt, carries what the parent does, and ends alone", () => {
  const controller = new AbortController();
  const parent = Object.assign(rootCall({ signal: controller.signal }), { context: "kept", record: "outer" });
  const callOf = callsBeneath(parent, "record");
  const [first, second] = [callOf("a", 2), callOf("b", 3)];
  expect([first, second]).toMatchObject([
    { context: "kept", record: "a", attempt: 2 },
    { context: "kept", record: "b", attempt: 3 },
  ]);
  scopeOf(first).end();
  expect(refusal(first)).toMatchObject({ code: "CALL_ENDED" });
  expect(refusal(second)).toBe(undefined);
  controller.abort(new Error("stop"));
  expect(second.signal.reason).toEqual(new Error("stop"));
});

test("a derived call keeps what the parent carries and follows its signal", () => {
  const controller = new AbortController();
  const parent = Object.assign(rootCall({ signal: controller.signal }), { context: "kept" });
  const child = deriveCall(deriveCall(parent, { attempt: 2 }), {}, { unit: "added" });
  expect([child.context, child.unit, child.attempt]).toEqual(["kept", "added", 2]);
  const { signal } = child;
  controller.abort(new Error("stop"));
  expect(signal.reason).toEqual(new Error("stop"));
});

test("a derived call cannot outlive its parent", () => {
  const clock = manualRuntime();
  const parent = rootCall({ runtime: clock, timeoutMs: 100 });
  expect(deriveCall(parent, { deadlineMs: clock.now() + 500 }).deadlineMs).toBe(clock.now() + 100);
  expect(deriveCall(parent, { deadlineMs: clock.now() + 50 }).deadlineMs).toBe(clock.now() + 50);
});

test.each([[undefined], [null], ["policy"], [{}], [{ run: "no function" }], [{ name: "no run" }]])(
  "what is no policy is refused with its place: %o",
  (policy) => {
    const noop: Policy = { name: "noop", run: (_input, call, next) => next(call) };
    expect(() => wrap(async () => 1, noop, policy as Policy)).toThrow(
      /^wrap: policy 2 is no policy: it needs a name and a run function/,
    );
  },
);

test("a nameless function passed as a policy is told to be called as well", () => {
  expect(() => wrap(async () => 1, (() => {}) as unknown as Policy)).toThrow(
    /policy 1 is the function \(anonymous\) itself; call it: policy\(/,
  );
});

test("a spread call keeps its deadline unless it brings a shorter one, and never gets a longer one", async () => {
  const clock = manualRuntime();
  const call = rootCall({ runtime: clock, timeoutMs: 100 });
  const seen = (deadlineMs?: number) => {
    const spreading: Policy = {
      name: "spreading",
      run: (_input, own, next) => next(deadlineMs === undefined ? { ...own } : { ...own, deadlineMs }),
    };
    return wrap(async (_: undefined, own: Call) => own.deadlineMs - clock.now(), spreading)(undefined, call);
  };
  expect(await seen()).toBe(100);
  expect(await seen(clock.now() + 50)).toBe(50);
  expect(await seen(clock.now() + 500)).toBe(100);
});

test("a function that gives no promise answers all the same, through any policy", async () => {
  const sum = wrap(
    ((a: number) => a + 1) as unknown as (a: number) => Promise<number>,
    timeout({ ms: 100 }),
    retry(),
  );
  expect(await sum(1, rootCall())).toBe(2);
  const handler = wrapHandler(((a: number) => a + 1) as unknown as (a: number) => Promise<number>);
  expect(await handler(1, fakeContext())).toBe(2);
});

test("what is no function is refused by name", () => {
  expect(() => wrap(undefined as never)).toThrow(/wrap: its first argument must be the function/);
  expect(() => wrapHandler(undefined as never)).toThrow(/wrapHandler: its first argument/);
  expect(() => wrap(async () => 1, [] as never)).toThrow(/policy 1 is a list/);
});

test.each([
  [null],
  ["call"],
  [{}],
  [{ deadlineMs: 5 }],
  [{ deadlineMs: 5, signal: null }],
  [{ deadlineMs: 5, signal: true }],
  [{ signal: new AbortController().signal }],
  [{ deadlineMs: "soon", signal: new AbortController().signal }],
])("what is no call is refused as a missing one, before the function runs: %o", async (call) => {
  let runs = 0;
  const run = wrap(async () => ++runs);
  await expect(run(undefined, call as never)).rejects.toMatchObject({ code: "CALL_MISSING" });
  expect(runs).toBe(0);
});

test("a derived deadline that is no number is refused: it would take the parent's away", () => {
  expect(() => deriveCall(rootCall(), { deadlineMs: Number.NaN })).toThrow(
    /deriveCall: deadlineMs must be a number/,
  );
});
