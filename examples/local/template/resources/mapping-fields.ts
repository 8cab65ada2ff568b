/** What every event source mapping may say, whatever its source, and the filters it comes to. */
import { deployOnly, object, optional, required } from "../object-shape.ts";
import type { Problems } from "../problems.ts";
import { anything, flag, integer, list, oneOf, text } from "../shapes.ts";
import type { Place } from "../stack.ts";
import { arn, type StackIdentity } from "./kind.ts";

export const mappingFields = {
  BatchSize: optional(integer({ least: 1, most: 10_000 })),
  MaximumBatchingWindowInSeconds: optional(integer({ least: 0, most: 300 })),
  Enabled: optional(flag()),
  FunctionResponseTypes: optional(list(oneOf("ReportBatchItemFailures"), { most: 1 })),
  FilterCriteria: optional(
    object({ Filters: optional(list(object({ Pattern: required(text()) }), { most: 10 })) }),
  ),
  KmsKeyArn: deployOnly(text()),
  MetricsConfig: deployOnly(anything()),
};

/** What a mapping is made of beside its properties. */
export interface MappingAbout {
  readonly logicalId: string;
  readonly sourceArn: string;
  readonly functionArn: string;
  readonly problems: Problems;
  readonly place: Place;
  readonly at: (...path: readonly (string | number)[]) => Place;
}

export function readFilters(
  criteria: { readonly Filters: readonly { readonly Pattern: string }[] | undefined } | undefined,
  { problems, at }: MappingAbout,
): readonly Readonly<Record<string, unknown>>[] {
  return (criteria?.Filters ?? []).flatMap(({ Pattern }, index) => {
    const pattern = parseObject(Pattern);
    if (pattern !== undefined) return [pattern];
    problems.report(
      at("FilterCriteria", "Filters", index, "Pattern"),
      "the pattern is no JSON object; write it as JSON text",
    );
    return [];
  });
}

/** A function is named, or given by its ARN. */
export function functionArnOf(nameOrArn: string, stack: StackIdentity): string {
  return nameOrArn.startsWith("arn:") ? nameOrArn : arn(stack, "lambda", `function:${nameOrArn}`);
}

function parseObject(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    // A JSON object has text keys and nothing more is claimed of its values.
    return isObject ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
