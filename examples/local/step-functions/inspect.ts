/**
 * What is wrong with a definition, and what the interpreter behind this service would pass over in silence: each
 * is refused when the template is loaded.
 *
 * Source: Amazon States Language specification; what the interpreter leaves out was read in its own code.
 */
import { createRequire } from "node:module";
import type { DefinitionProblem } from "./definition-problem.ts";
import { contextProblems } from "./inspect-context.ts";
import { retryProblems } from "./inspect-retry.ts";
import { taskResource } from "./resources.ts";
import { isJson, type Json, listOf, type Path, type StateEntry, statesOf } from "./states.ts";

const everywhere = ["Type", "Comment", "QueryLanguage"];
const paths = ["InputPath", "OutputPath"];
const next = ["Next", "End"];
const recovery = ["Retry", "Catch", "ResultPath", "ResultSelector"];

/** The fields of each type that something is done with here. */
const servedFields: Readonly<Record<string, readonly string[]>> = {
  Task: [...paths, ...next, ...recovery, "Resource", "Parameters", "TimeoutSeconds"],
  Pass: [...paths, ...next, "Result", "ResultPath", "Parameters"],
  Wait: [...paths, ...next, "Seconds", "SecondsPath", "Timestamp", "TimestampPath"],
  Choice: [...paths, "Choices", "Default"],
  Succeed: paths,
  Fail: ["Error", "ErrorPath", "Cause", "CausePath"],
  Parallel: [...paths, ...next, ...recovery, "Branches", "Parameters"],
  Map: [
    ...paths,
    ...next,
    ...recovery,
    "ItemProcessor",
    "Iterator",
    "ItemsPath",
    "ItemSelector",
    "Parameters",
    "MaxConcurrency",
    "MaxConcurrencyPath",
  ],
};

export function inspectDefinition(definition: Json): readonly DefinitionProblem[] {
  const gaps = [
    ...languageProblems(definition, []),
    ...[...statesOf(definition)].flatMap((entry) => [
      ...fieldProblems(entry),
      ...languageProblems(entry.state, entry.path),
      ...resourceProblems(entry),
      ...mapProblems(entry),
      ...patternProblems(entry.state["Choices"], [...entry.path, "Choices"]),
      ...retryProblems(entry),
      ...contextProblems(entry),
    ]),
  ];
  // What is not served may be right all the same; the validator would only add noise.
  return gaps.length > 0 ? gaps : validatorProblems(definition);
}

function fieldProblems({ state, path }: StateEntry): readonly DefinitionProblem[] {
  const type = String(state["Type"]);
  const served = Object.hasOwn(servedFields, type) ? servedFields[type] : undefined;
  // The validator names a type that is none.
  if (served === undefined) return [];
  return Object.keys(state)
    .filter((field) => !served.includes(field) && !everywhere.includes(field))
    .map((field) => ({
      path: [...path, field],
      message: `${field} of a ${type} state is not served here; it takes ${served.join(", ")}`,
    }));
}

function languageProblems(of: Json, path: Path): readonly DefinitionProblem[] {
  const language = of["QueryLanguage"] ?? "JSONPath";
  if (language === "JSONPath") return [];
  return [
    {
      path: [...path, "QueryLanguage"],
      message: `${String(language)} is not served here; write the state machine in JSONPath`,
    },
  ];
}

function resourceProblems({ state, path }: StateEntry): readonly DefinitionProblem[] {
  const resource = state["Resource"];
  if (state["Type"] !== "Task" || typeof resource !== "string") return [];
  const read = taskResource(resource);
  return typeof read === "string" ? [{ path: [...path, "Resource"], message: read }] : [];
}

function mapProblems({ state, path }: StateEntry): readonly DefinitionProblem[] {
  const processor = state["ItemProcessor"];
  const config = isJson(processor) ? processor["ProcessorConfig"] : undefined;
  if (!isJson(config) || (config["Mode"] ?? "INLINE") === "INLINE") return [];
  const message = "a distributed Map is not served here; set Mode to INLINE";
  return [{ path: [...path, "ItemProcessor", "ProcessorConfig", "Mode"], message }];
}

/** Only `*` stands for other text in AWS; to the interpreter more characters do. */
function patternProblems(rules: unknown, path: Path): readonly DefinitionProblem[] {
  if (!isJson(rules) && !Array.isArray(rules)) return [];
  return Object.entries(rules).flatMap(([key, value]) =>
    key === "StringMatches" && typeof value === "string"
      ? /[?[\]{}()!@+|\\]/.test(value)
        ? [
            {
              path: [...path, key],
              message: `"${value}" is not served here; use letters, digits and * in a pattern`,
            },
          ]
        : []
      : patternProblems(value, [...path, key]),
  );
}

function validatorProblems(definition: Json): readonly DefinitionProblem[] {
  // Loaded when it is first needed: it brings AWS clients, which few templates want.
  const require = createRequire(import.meta.url);
  // What a package is required as has no type of its own.
  const { StateMachine } = require("aws-local-stepfunctions") as typeof import("aws-local-stepfunctions");
  try {
    // The validator writes into what it reads. It says itself whether the definition is one.
    new StateMachine(structuredClone(definition) as unknown as ConstructorParameters<typeof StateMachine>[0]);
    return [];
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const lines = text.split("\n").map((line) => line.trim());
    const found = lines.filter((line) => /^[A-Z_]+: /.test(line));
    return listOf(found.length > 0 ? found : [text]).map((message) => ({
      path: [],
      message: `AWS would refuse the definition: ${String(message)}`,
    }));
  }
}
