import { expect, it } from "vitest";
import { rewrite } from "../../../../examples/local/step-functions/rewrite.ts";
import { isJson, type Json, statesOf } from "../../../../examples/local/step-functions/states.ts";
import { functionArn, oneState } from "./set-up.ts";

const task = { Type: "Task", Resource: functionArn };

/** The only state of a machine, as it is rewritten. */
function rewritten(state: Json, speed: number): Json {
  const [entry] = [...statesOf(rewrite(oneState(state), speed).definition)];
  return entry?.state ?? {};
}

it("divides timeouts, intervals and delays by the speed", () => {
  const Retry = [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 60, MaxDelaySeconds: 600, BackoffRate: 3 }];
  expect(rewritten({ ...task, TimeoutSeconds: 120, Retry }, 60)).toMatchObject({
    TimeoutSeconds: 2,
    Retry: [{ IntervalSeconds: 1, MaxDelaySeconds: 10, BackoffRate: 3 }],
  });
  expect(rewrite({ ...oneState(task), TimeoutSeconds: 3_600 }, 60).definition).toMatchObject({
    TimeoutSeconds: 60,
  });
});

it("fills in the retrier's interval of a second, so that it is divided too", () => {
  const Retry = [{ ErrorEquals: ["States.ALL"] }];
  expect(rewritten({ ...task, Retry }, 4)).toMatchObject({ Retry: [{ IntervalSeconds: 0.25 }] });
});

it("gives a task without a timeout more than the interpreter's minute, and nobody more than a timer holds", () => {
  expect(rewritten(task, 1)["TimeoutSeconds"]).toBeGreaterThan(86_400);
  for (const TimeoutSeconds of [99_999_999, undefined]) {
    const state = TimeoutSeconds === undefined ? task : { ...task, TimeoutSeconds };
    expect(Number(rewritten(state, 1)["TimeoutSeconds"]) * 1_000).toBeLessThan(2 ** 31);
  }
  const Retry = [{ ErrorEquals: ["States.ALL"], IntervalSeconds: 1, MaxDelaySeconds: 31_622_399 }];
  const [retrier] = [rewritten({ ...task, Retry }, 1)["Retry"]].flat();
  expect(isJson(retrier) && Number(retrier["MaxDelaySeconds"]) * 1_000).toBeLessThan(2 ** 31);
  const long = rewrite({ ...oneState(task), TimeoutSeconds: 31_536_000 }, 1).definition;
  expect(long).not.toHaveProperty("TimeoutSeconds");
});
