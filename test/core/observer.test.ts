import { runInNewContext } from "node:vm";
import { type Fact, observed, report, rootCall, wrap } from "holdfast";
import { expect, test } from "vitest";

test("observers hear the facts of all that lies beneath, the nearest first", async () => {
  const heard: string[] = [];
  const run = wrap(
    async (_: undefined, call: ReturnType<typeof rootCall>) => {
      report(call, { type: "it.happened" });
    },
    observed((fact) => heard.push(`outer ${fact.type}`)),
    observed((fact) => heard.push(`inner ${fact.type}`)),
  );
  await run(undefined, rootCall());
  expect(heard).toEqual(["inner it.happened", "outer it.happened"]);
});

test("an observer's rejection of another realm, or of a thenable, stays its own", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", note);
  const elsewhere = runInNewContext("() => Promise.reject(new Error('another realm'))") as () => unknown;
  // biome-ignore lint/suspicious/noThenProperty: it is a thenable that is tried here.
  const thenable = { then: (_: unknown, reject: (error: Error) => void) => reject(new Error("thenable")) };
  const run = wrap(
    async (_: undefined, call: ReturnType<typeof rootCall>) => report(call, { type: "it.happened" }),
    observed(elsewhere),
    observed(() => thenable),
  );
  await run(undefined, rootCall());
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", note);
  expect(unhandled).toEqual([]);
});

test("an observer that throws, or rejects, never reaches the caller", async () => {
  const unhandled: unknown[] = [];
  const note = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", note);
  const heard: Fact[] = [];
  const run = wrap(
    async (_: undefined, call: ReturnType<typeof rootCall>) => {
      report(call, { type: "it.happened" });
      return "fine";
    },
    observed((fact) => heard.push(fact)),
    observed(() => {
      throw new Error("observer");
    }),
    observed(async () => {
      throw new Error("async observer");
    }),
  );
  expect(await run(undefined, rootCall())).toBe("fine");
  await new Promise((resolve) => setImmediate(resolve));
  process.off("unhandledRejection", note);
  expect(heard).toHaveLength(1);
  expect(unhandled).toEqual([]);
});

test("an observer is told of a fact together with the call it happened on", async () => {
  const calls: unknown[] = [];
  const run = wrap(
    async (_: undefined, call: ReturnType<typeof rootCall>) => {
      report(call, { type: "it.happened" });
      return call;
    },
    observed((_fact, call) => calls.push(call)),
  );
  const call = await run(undefined, rootCall());
  expect(calls[0]).toBe(call);
});

test("an observer may answer with anything", async () => {
  const answers: unknown[] = [undefined, null, 1, "text", {}, { catch: "no function" }];
  const run = wrap(
    async (_: undefined, call: ReturnType<typeof rootCall>) => {
      for (const _answer of [...answers]) report(call, { type: "it.happened" });
      return "fine";
    },
    observed(() => answers.pop()),
  );
  expect(await run(undefined, rootCall())).toBe("fine");
});

test("an observer that is no function is refused where it is given", () => {
  expect(() => observed({} as never)).toThrow(/^observed: it takes a function/);
  expect(observed(() => {}).name).toBe("observed");
});
