/** What a rule's target may say, the same in AWS::Events::Rule and in SAM's EventBridgeRule event. */
import { object, optional, required } from "../object-shape.ts";
import type { Problems } from "../problems.ts";
import { integer, jsonText, mapOf, type Read, text } from "../shapes.ts";
import type { Place, RuleTarget } from "../stack.ts";

/** Source: EventBridge API Reference, 'Target', 'RetryPolicy', 'InputTransformer'. */
export const targetFields = {
  Input: optional(jsonText()),
  InputPath: optional(text({ pattern: /^\$/, hint: "write a JSON path from the event's root: $.detail" })),
  InputTransformer: optional(
    object({ InputPathsMap: optional(mapOf(text())), InputTemplate: required(text()) }),
  ),
  RetryPolicy: optional(
    object({
      MaximumRetryAttempts: optional(integer({ least: 0, most: 185 })),
      MaximumEventAgeInSeconds: optional(integer({ least: 60, most: 86_400 })),
    }),
  ),
  DeadLetterConfig: optional(object({ Arn: required(text()) })),
};

const target = object(targetFields);

/** Fills in EventBridge's defaults: 185 retries within a day. */
export function readTarget(
  properties: Read<typeof target>,
  about: {
    readonly id: string;
    readonly arn: string;
    readonly problems: Problems;
    readonly at: (...path: readonly string[]) => Place;
  },
): RuleTarget {
  const { Input, InputPath, InputTransformer, RetryPolicy, DeadLetterConfig } = properties;
  const inputs = { Input, InputPath, InputTransformer };
  const given = Object.entries(inputs).flatMap(([name, value]) => (value === undefined ? [] : [name]));
  if (given.length > 1) {
    about.problems.report(
      about.at(given[1] ?? ""),
      `${given.join(" and ")} exclude each other; keep the one that makes the target's input`,
    );
  }
  return {
    id: about.id,
    arn: about.arn,
    place: about.at(),
    ...(Input === undefined ? {} : { input: Input }),
    ...(InputPath === undefined ? {} : { inputPath: InputPath }),
    ...(InputTransformer === undefined
      ? {}
      : {
          inputTransformer: {
            inputPathsMap: InputTransformer.InputPathsMap ?? {},
            inputTemplate: InputTransformer.InputTemplate,
          },
        }),
    maximumRetryAttempts: RetryPolicy?.MaximumRetryAttempts ?? 185,
    maximumEventAgeSeconds: RetryPolicy?.MaximumEventAgeInSeconds ?? 86_400,
    ...(DeadLetterConfig === undefined ? {} : { deadLetterArn: DeadLetterConfig.Arn }),
  };
}
