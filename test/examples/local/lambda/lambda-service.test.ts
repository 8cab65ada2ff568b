import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { type FaultDecisions, faultDecisions } from "../../../../examples/local/faults/decide.ts";
import type { InvocationFault } from "../../../../examples/local/faults/plan.ts";
import { BuildError, buildFunctions } from "../../../../examples/local/lambda/build-functions.ts";
import type { CloudClock } from "../../../../examples/local/services.ts";
import { temporaryFolder } from "../temporary-folder.ts";
import { eventually, functionNamed, type Harness, realClock, startHandlers } from "./fixtures.ts";

let harness: Harness | undefined;
afterEach(async () => {
  await harness?.stop();
  harness = undefined;
});

const slow = `export const handler = async (event) => { await new Promise((r) => setTimeout(r, event.ms ?? 60)); return process.pid; };`;
const fails = `export const handler = async () => { throw new Error("no luck"); };`;

/** A function's lines come through a pipe of their own, sooner or later than its answer. */
function withoutLogs(facts: Harness["facts"]): Harness["facts"] {
  return facts.filter(({ type }) => type !== "log");
}

async function start(...given: Parameters<typeof startHandlers>): Promise<Harness> {
  harness = await startHandlers(...given);
  return harness;
}

describe("concurrency", () => {
  it("throttles what exceeds the reserved concurrency, at once", async () => {
    const { lambda, arn } = await start({ slow: { source: slow, over: { reservedConcurrency: 1 } } });
    const first = lambda.invoke(arn("slow"), "{}", { source: "test" });
    const second = await lambda.invoke(arn("slow"), "{}", { source: "test" });
    expect(second).toMatchObject({ status: "throttled", message: "Rate Exceeded." });
    expect((await first).status).toBe("ok");
    expect((await lambda.invoke(arn("slow"), "{}", { source: "test" })).status).toBe("ok");
  });

  it("throttles everything when it is reserved as zero", async () => {
    const { lambda, arn, facts } = await start({ slow: { source: slow, over: { reservedConcurrency: 0 } } });
    expect((await lambda.invoke(arn("slow"), "{}", { source: "test" })).status).toBe("throttled");
    expect(facts).toMatchObject([{ type: "invoke-end", outcome: "throttled" }]);
  });

  it("above the processes of this machine waits instead of failing", async () => {
    const { lambda, arn } = await start({ slow }, { maxEnvironments: 2 });
    const results = await Promise.all(
      Array.from({ length: 6 }, () => lambda.invoke(arn("slow"), '{"ms":5}', { source: "test" })),
    );
    const pids = new Set(results.map((result) => (result.status === "ok" ? result.payload : result.status)));
    expect(pids.size).toBe(2);
    expect(lambda.pending()).toBe(0);
  });
});

describe("requests that cannot be served", () => {
  it("are rejected with Lambda's exception names and run nothing", async () => {
    const { lambda, arn, facts } = await start({ slow });
    const results = [
      await lambda.invoke(arn("other"), "{}", { source: "test" }),
      await lambda.invoke(arn("slow"), "{", { source: "test" }),
      await lambda.invoke(arn("slow"), JSON.stringify("x".repeat(6_291_557)), { source: "test" }),
    ];
    expect(results.map((result) => (result.status === "rejected" ? result.code : result.status))).toEqual([
      "ResourceNotFoundException",
      "InvalidRequestContentException",
      "RequestTooLargeException",
    ]);
    await expect(lambda.invokeAsync(arn("other"), "{}", { source: "test" })).rejects.toThrow(
      "ResourceNotFoundException",
    );
    const large = JSON.stringify("x".repeat(1_048_576));
    await expect(lambda.invokeAsync(arn("slow"), large, { source: "test" })).rejects.toThrow(
      "RequestTooLargeException",
    );
    expect(facts).toEqual([]);
  });
});

const faults = (...invocations: readonly InvocationFault[]): FaultDecisions =>
  faultDecisions({ invocations }, 1);

describe("faults", () => {
  it("kill the environment in the middle of an invocation, which then ends as a crash", async () => {
    const { lambda, arn, facts } = await start(
      { slow: { source: slow, over: {} } },
      { faults: faults({ do: "kill", function: "slow", at: { afterMs: 20 } }) },
    );
    const killed = await lambda.invoke(arn("slow"), '{"ms":2000}', { source: "test" });
    expect(killed).toMatchObject({ status: "error", kind: "crash" });
    expect(killed.status === "error" && JSON.parse(killed.payload)).toMatchObject({
      errorType: "Runtime.ExitError",
      errorMessage: expect.stringContaining("signal: killed"),
    });
    expect(facts.map((fact) => fact.type)).toEqual(["invoke-start", "killed", "invoke-end"]);
    expect((await lambda.invoke(arn("slow"), "{}", { source: "test", attempt: 2 })).status).toBe("ok");
  });
});

describe("a kill at the end", () => {
  it("loses the answer of a handler that has done its work", async () => {
    const source = `
      import { appendFileSync } from "node:fs";
      export const handler = async (event) => { appendFileSync(event.file, "done;"); };`;
    const { lambda, arn, facts } = await start(
      { works: source },
      { faults: faults({ do: "kill", function: "works", at: "before-answer" }) },
    );
    const file = join(await temporaryFolder(), "effects");
    const killed = await lambda.invoke(arn("works"), JSON.stringify({ file }), { source: "test" });
    expect(killed).toMatchObject({ status: "error", kind: "crash" });
    expect(await readFile(file, "utf8")).toBe("done;");
    expect(facts.filter(({ type }) => type === "killed")).toHaveLength(1);
  });
});

describe("a kill at an await", () => {
  /** Notes each of its steps, with an await between them. */
  const steps = `
    import { appendFileSync } from "node:fs";
    export const handler = async ({ file }) => {
      for (const step of ["one", "two", "three"]) { appendFileSync(file, step + ";"); await null; }
      return "done";
    };`;

  it("falls when the n-th awaited promise goes on, and not before", async () => {
    const done = new Set<string>();
    for (const atAwait of [1, 2, 3, 4, 5, 6]) {
      const { lambda, arn, stop } = await start(
        { steps },
        { faults: faults({ do: "kill", function: "steps", at: { atAwait } }) },
      );
      const file = join(await temporaryFolder(), "effects");
      await writeFile(file, "");
      await lambda.invoke(arn("steps"), JSON.stringify({ file }), { source: "test" });
      done.add(await readFile(file, "utf8"));
      await stop();
    }
    // Whatever else the runtime awaits, every prefix of the steps is one that a kill can leave behind.
    expect([...done].sort()).toEqual(expect.arrayContaining(["one;", "one;two;", "one;two;three;"]));
  });
});

describe("a freeze", () => {
  it("stops an invocation in its middle, which goes on as if nothing had been once it thaws", async () => {
    const { lambda, arn, facts } = await start(
      { slow },
      { faults: faults({ do: "freeze", function: "slow", at: { afterMs: 5 }, forMs: 120 }) },
    );
    const beganMs = performance.now();
    const result = await lambda.invoke(arn("slow"), '{"ms":20}', { source: "test" });
    expect(result.status).toBe("ok");
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(120);
    expect(facts.map((fact) => fact.type)).toEqual(["invoke-start", "frozen", "invoke-end"]);
  });

  it("outlasts the function's timeout: the invocation has timed out, and its worker wakes all the same", async () => {
    const source = `
      import { appendFileSync } from "node:fs";
      export const handler = async ({ file, ms }) => {
        await new Promise((resolve) => setTimeout(resolve, ms));
        appendFileSync(file, "late;");
      };`;
    const { lambda, arn } = await start(
      { late: { source, over: { timeoutSeconds: 1 } } },
      { faults: faults({ do: "freeze", function: "late", at: { afterMs: 5 }, forMs: 1_200, nth: 1 }) },
    );
    const file = join(await temporaryFolder(), "effects");
    await writeFile(file, "");
    const payload = JSON.stringify({ file, ms: 50 });
    expect(await lambda.invoke(arn("late"), payload, { source: "test" })).toMatchObject({
      status: "error",
      kind: "timeout",
    });
    expect(await readFile(file, "utf8")).toBe("");
    // Another worker does the work meanwhile: the frozen one holds no place.
    expect(await lambda.invoke(arn("late"), payload, { source: "test", attempt: 2 })).toMatchObject({
      status: "ok",
    });
    await eventually(async () => (await readFile(file, "utf8")) === "late;late;");
  });
});

describe("a freeze that outlasts the function's timeout", () => {
  it("holds no place, also for an invocation that has been waiting for one", async () => {
    const { lambda, arn } = await start(
      { slow: { source: slow, over: { timeoutSeconds: 1 } } },
      {
        maxEnvironments: 1,
        faults: faults({ do: "freeze", function: "slow", at: { afterMs: 5 }, forMs: 60_000, nth: 1 }),
      },
    );
    const results = await Promise.all([
      lambda.invoke(arn("slow"), '{"ms":100}', { source: "test" }),
      lambda.invoke(arn("slow"), '{"ms":1}', { source: "test" }),
    ]);
    expect(results).toMatchObject([{ kind: "timeout" }, { status: "ok" }]);
  });
});

describe("a clock that is wrong", () => {
  it("leaves a function the time it has: the deadline is set by the same clock", async () => {
    const source = "export const handler = async (_, context) => context.getRemainingTimeInMillis();";
    for (const byMs of [3_600_000, -3_600_000]) {
      const { lambda, arn } = await start(
        { left: { source, over: { timeoutSeconds: 2 } } },
        { faults: faultDecisions({ environments: [{ do: "skew-clock", function: "left", byMs }] }, 1) },
      );
      const result = await lambda.invoke(arn("left"), "{}", { source: "test" });
      const leftMs = Number(result.status === "ok" ? result.payload : "NaN");
      expect(leftMs).toBeGreaterThan(0);
      expect(leftMs).toBeLessThanOrEqual(2_000);
    }
  });

  it("is what every way of asking for the time in that environment shows, and no other", async () => {
    const source = `export const handler = async () =>
      [Date.now(), new Date().getTime(), Date.parse(Date()), new (class extends Date {})().getTime(),
       new Date(5).getTime(), new Date() instanceof Date, structuredClone(new Date(7)) instanceof Date];`;
    const { lambda, arn } = await start(
      { skewed: source, right: source },
      {
        faults: faultDecisions(
          { environments: [{ do: "skew-clock", function: "skewed", byMs: 3_600_000 }] },
          1,
        ),
      },
    );
    for (const [name, byMs] of [
      ["skewed", 3_600_000],
      ["right", 0],
    ] as const) {
      const result = await lambda.invoke(arn(name), "{}", { source: "test" });
      const answer: unknown[] = JSON.parse(result.status === "ok" ? result.payload : "[]");
      for (const timeMs of answer.slice(0, 4))
        expect(Math.abs(Number(timeMs) - Date.now() - byMs)).toBeLessThan(5_000);
      expect(answer.slice(4)).toEqual([5, true, true]);
    }
  });
});

describe("asynchronous invocation", () => {
  const onFailureArn = "arn:aws:sqs:us-east-1:000000000000:failures";
  const deadLetterArn = "arn:aws:sqs:us-east-1:000000000000:dead";

  it("is accepted at once, retried after one and two minutes, and its failure recorded", async () => {
    const { lambda, arn, facts, delivered } = await start(
      {
        fails: {
          source: fails,
          over: {
            asyncInvoke: {
              maximumRetryAttempts: 2,
              maximumEventAgeSeconds: 21_600,
              onFailureArn,
              deadLetterArn,
            },
          },
        },
      },
      { clock: realClock(3_000) },
    );
    await lambda.invokeAsync(arn("fails"), '{"n":1}', { source: "rule" });
    expect(lambda.pending()).toBe(1);
    await eventually(() => lambda.pending() === 0);

    const starts = facts.filter((fact) => fact.type === "invoke-start");
    expect(starts.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
    expect(new Set(starts.map(({ requestId }) => requestId)).size).toBe(1);
    expect(facts.filter(({ type }) => type === "async-retry")).toMatchObject([
      { attempt: 2 },
      { attempt: 3 },
    ]);
    expect(delivered.map((letter) => letter.arn)).toEqual([onFailureArn, deadLetterArn]);
    expect(JSON.parse(delivered[0]?.payload ?? "")).toEqual({
      version: "1.0",
      timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      requestContext: {
        requestId: starts[0]?.requestId,
        functionArn: `${arn("fails")}:$LATEST`,
        condition: "RetriesExhausted",
        approximateInvokeCount: 3,
      },
      requestPayload: { n: 1 },
      responseContext: { statusCode: 200, executedVersion: "$LATEST", functionError: "Unhandled" },
      responsePayload: { errorType: "Error", errorMessage: "no luck", trace: expect.any(Array) },
    });
    expect(delivered[1]).toMatchObject({
      payload: '{"n":1}',
      attributes: { RequestID: starts[0]?.requestId, ErrorCode: "200", ErrorMessage: "no luck" },
    });
    expect(facts.filter(({ type }) => type === "dead-letter")).toHaveLength(2);
  });

  it("says that an event was dropped when nothing takes its failure", async () => {
    const asyncInvoke = { maximumRetryAttempts: 0, maximumEventAgeSeconds: 60 };
    const { lambda, arn, facts } = await start({ fails: { source: fails, over: { asyncInvoke } } });
    await lambda.invokeAsync(arn("fails"), "{}", { source: "rule" });
    await eventually(() => lambda.pending() === 0);
    expect(withoutLogs(facts).at(-1)).toEqual({
      type: "dropped",
      from: "fails",
      reason: "RetriesExhausted: no luck",
    });
  });

  it("says that a record was dropped when its destination does not take it", async () => {
    const asyncInvoke = { maximumRetryAttempts: 0, maximumEventAgeSeconds: 60, onFailureArn };
    const { lambda, arn, facts } = await start(
      { fails: { source: fails, over: { asyncInvoke } } },
      { deliverFails: true },
    );
    await lambda.invokeAsync(arn("fails"), "{}", { source: "rule" });
    await eventually(() => lambda.pending() === 0);
    expect(withoutLogs(facts).at(-1)).toMatchObject({
      type: "dropped",
      reason: expect.stringContaining("no such queue"),
    });
  });

  it("waits through throttling and then runs", async () => {
    const { lambda, arn, facts } = await start(
      { slow: { source: slow, over: { reservedConcurrency: 1 } } },
      { clock: realClock(50) },
    );
    await Promise.all([1, 2].map(() => lambda.invokeAsync(arn("slow"), "{}", { source: "rule" })));
    await eventually(() => lambda.pending() === 0);
    const outcomes = facts.flatMap((fact) => (fact.type === "invoke-end" ? [fact.outcome] : []));
    expect(outcomes.filter((outcome) => outcome === "ok")).toHaveLength(2);
    expect(outcomes).toContain("throttled");
  });

  it("goes to the destination unrun when the function has no concurrency", async () => {
    const asyncInvoke = { maximumRetryAttempts: 2, maximumEventAgeSeconds: 60, onFailureArn };
    const { lambda, arn, delivered } = await start({
      slow: { source: slow, over: { asyncInvoke, reservedConcurrency: 0 } },
    });
    await lambda.invokeAsync(arn("slow"), '{"n":1}', { source: "rule" });
    await eventually(() => lambda.pending() === 0);
    const record = JSON.parse(delivered[0]?.payload ?? "");
    expect(record.requestContext).toMatchObject({
      condition: "ZeroReservedConcurrency",
      approximateInvokeCount: 0,
    });
    expect(record).not.toHaveProperty("responseContext");
  });

  it("forgets what waits when it is stopped: no timer is left, and nothing more is accepted", async () => {
    const waiting = new Set<() => void>();
    const clock: CloudClock = {
      ...realClock(1),
      after(cloudMs, fn) {
        const cancel = realClock(1).after(cloudMs, () => {
          waiting.delete(stop);
          fn();
        });
        const stop = (): void => {
          waiting.delete(stop);
          cancel();
        };
        waiting.add(stop);
        return stop;
      },
    };
    const { lambda, arn } = await start({ fails }, { clock });
    await lambda.invokeAsync(arn("fails"), "{}", { source: "rule" });
    await eventually(() => waiting.size === 0);
    // The minute before the second attempt.
    await eventually(() => waiting.size === 1);
    await lambda.stop();
    expect(waiting.size).toBe(0);
    await expect(lambda.invokeAsync(arn("fails"), "{}", { source: "rule" })).rejects.toThrow(
      "ServiceException",
    );
  });
});

describe("building", () => {
  it("names the function, the file and the line of what esbuild does not take", async () => {
    const folder = await temporaryFolder();
    const entry = join(folder, "bad.ts");
    await writeFile(entry, `export const handler = async () => {\n  return await notClosed(;\n};`);
    const building = buildFunctions([functionNamed("bad", entry)], join(folder, "out"));
    await expect(building).rejects.toThrow(BuildError);
    await expect(building).rejects.toThrow(/function bad .*bad\.ts[\s\S]*bad\.ts:2:25/);
  });

  it("says which entries there are when an import of the SDK names none", async () => {
    const folder = await temporaryFolder();
    const entry = join(folder, "app.ts");
    await writeFile(entry, `import { x } from "holdfast/nothing"; export const handler = async () => x;`);
    await expect(buildFunctions([functionNamed("app", entry)], folder)).rejects.toThrow(
      'no entry "holdfast/nothing"',
    );
  });

  it("makes one file a function, in the format of the template", async () => {
    const folder = await temporaryFolder();
    const entry = join(folder, "app.ts");
    await writeFile(entry, `export const handler = async (): Promise<number> => 1;`);
    const fn = functionNamed("app", entry);
    const cjs = functionNamed("old", entry, { build: { ...fn.build, format: "cjs", minify: true } });
    const { bundles } = await buildFunctions([fn, cjs], join(folder, "out"));
    expect(bundles.get(fn.arn)).toEqual({ taskRoot: join(folder, "out", "app"), handler: "app.handler" });
    expect(await readFile(join(folder, "out", "app", "app.mjs"), "utf8")).toContain("export {");
    expect(await readFile(join(folder, "out", "old", "app.cjs"), "utf8")).toContain("module.exports");
  });

  it("runs a function built as CommonJS", async () => {
    const build = { ...functionNamed("x", "x").build, format: "cjs" as const, minify: true };
    const { lambda, arn } = await start({
      old: { source: `export const handler = async () => "cjs";`, over: { build } },
    });
    expect(await lambda.invoke(arn("old"), "{}", { source: "test" })).toMatchObject({
      status: "ok",
      payload: '"cjs"',
    });
  });
});
