import { type Expression, parseExpression } from "../../scheduler/expression.ts";
import { ExpressionError } from "../../scheduler/expression-error.ts";
import type { Problems } from "../problems.ts";
import type { Place, Schedule } from "../stack.ts";

/** Reads an expression, or reports what is wrong with it. */
export function readExpression(text: string, place: Place, problems: Problems): Expression | undefined {
  try {
    return parseExpression(text);
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    problems.report(place, error.message);
    return undefined;
  }
}

/**
 * A rule's own schedule, in UTC; the rule is its target, and sends the scheduled event on to the rule's targets.
 * Source: EventBridge User Guide, 'Creating a rule that runs on a schedule'.
 */
export function ruleSchedule(
  expression: string,
  about: {
    readonly logicalId: string;
    readonly name: string;
    readonly arn: string;
    readonly place: Place;
    readonly enabled: boolean;
    readonly problems: Problems;
    readonly expressionPlace: Place;
  },
): readonly Schedule[] {
  const { problems, expressionPlace, ...own } = about;
  const read = readExpression(expression, expressionPlace, problems);
  if (read?.kind === "at") {
    problems.report(
      expressionPlace,
      "a rule knows rate and cron; for a single time use AWS::Scheduler::Schedule",
    );
  }
  if (read?.kind === "rate" && !read.unitMatches) {
    problems.report(
      expressionPlace,
      `${expression} is refused by rules: write minute, hour or day for 1, and minutes, hours or days for more`,
    );
  }
  if (read === undefined) return [];
  return [
    {
      ...own,
      groupName: "default",
      expression,
      timezone: "UTC",
      // The rule takes the event at once; its own retries follow.
      target: { arn: own.arn, maximumRetryAttempts: 0, maximumEventAgeSeconds: 60 },
    },
  ];
}
