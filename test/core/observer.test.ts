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
