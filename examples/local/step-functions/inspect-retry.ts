import type { DefinitionProblem } from "./definition-problem.ts";
import { isJson, type Json, listOf, type StateEntry } from "./states.ts";

const retrierFields = [
  "ErrorEquals",
  "IntervalSeconds",
  "MaxAttempts",
  "BackoffRate",
  "MaxDelaySeconds",
  "JitterStrategy",
  "Comment",
];
const catcherFields = ["ErrorEquals", "Next", "ResultPath", "Comment"];

/** A retrier's numbers. Source: Step Functions Developer Guide, 'Handling errors in Step Functions workflows'. */
const numbers: Readonly<
  Record<string, { readonly least: number; readonly most: number; readonly whole: boolean }>
> = {
  IntervalSeconds: { least: 1, most: 99_999_999, whole: true },
  MaxAttempts: { least: 0, most: 99_999_999, whole: true },
  BackoffRate: { least: 1, most: Number.MAX_VALUE, whole: false },
  MaxDelaySeconds: { least: 1, most: 31_622_399, whole: true },
};

/** What is wrong with a state's Retry and Catch; the validator looks at neither of MaxDelaySeconds and jitter. */
export function retryProblems({ state, path }: StateEntry): readonly DefinitionProblem[] {
  return [
    ...listOf(state["Retry"]).flatMap((retrier, index) =>
      isJson(retrier) ? retrierProblems(retrier, [...path, "Retry", index]) : [],
    ),
    ...listOf(state["Catch"]).flatMap((catcher, index) =>
      isJson(catcher) ? unknownFields(catcher, catcherFields, [...path, "Catch", index]) : [],
    ),
  ];
}

function retrierProblems(retrier: Json, path: DefinitionProblem["path"]): readonly DefinitionProblem[] {
  const problems = [...unknownFields(retrier, retrierFields, path)];
  for (const [field, { least, most, whole }] of Object.entries(numbers)) {
    const value = retrier[field];
    if (value === undefined) continue;
    const right =
      typeof value === "number" && value >= least && value <= most && (!whole || Number.isInteger(value));
    if (right) continue;
    const range = most === Number.MAX_VALUE ? `${least} or more` : `${least} to ${most}`;
    problems.push({ path: [...path, field], message: `${String(value)} is out of range; write ${range}` });
  }
  const { IntervalSeconds: interval = 1, MaxDelaySeconds: most } = retrier;
  if (typeof most === "number" && typeof interval === "number" && most <= interval) {
    problems.push({
      path: [...path, "MaxDelaySeconds"],
      message: `MaxDelaySeconds ${most} must be greater than IntervalSeconds ${interval}`,
    });
  }
  const jitter = retrier["JitterStrategy"] ?? "NONE";
  if (jitter !== "NONE" && jitter !== "FULL") {
    problems.push({
      path: [...path, "JitterStrategy"],
      message: `"${String(jitter)}" is no JitterStrategy; write FULL or NONE`,
    });
  }
  return problems;
}

function unknownFields(
  of: Json,
  known: readonly string[],
  path: DefinitionProblem["path"],
): readonly DefinitionProblem[] {
  return Object.keys(of)
    .filter((field) => !known.includes(field))
    .map((field) => ({
      path: [...path, field],
      message: `${field} is not served here; known are ${known.join(", ")}`,
    }));
}
