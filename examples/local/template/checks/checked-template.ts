import type { Problems } from "../problems.ts";
import type { StackIdentity } from "../resources/kind.ts";
import type { Parts } from "../resources/parts.ts";
import type { Reference } from "../scope.ts";
import type { LambdaFunction, Place, Queue, Topic } from "../stack.ts";

/** A template whose resources are read, for the checks that look at several of them together. */
export interface CheckedTemplate {
  readonly parts: Parts;
  readonly stack: StackIdentity;
  readonly problems: Problems;
  /** How many times faster than AWS's the waits pass: 1 is as on AWS. */
  readonly speed: number;
  /** The references from one resource to another that are written. */
  readonly written: readonly Reference[];
  /** Who waits for whom: what is written, and what SAM adds to it. */
  readonly waits: readonly Reference[];
  /** The type behind an ARN of this template, also of a resource that could not be read. */
  typeOf(arn: string): string | undefined;
  /** Where a resource's property stands. */
  at(logicalId: string, ...path: readonly (string | number)[]): Place;
}

export function functionByArn({ parts }: CheckedTemplate, arn: string): LambdaFunction | undefined {
  return parts.functions.find((fn) => fn.arn === arn);
}

export function queueByArn({ parts }: CheckedTemplate, arn: string): Queue | undefined {
  return parts.queues.find((queue) => queue.arn === arn);
}

export function topicByArn({ parts }: CheckedTemplate, arn: string): Topic | undefined {
  return parts.topics.find((topic) => topic.arn === arn);
}

/** Whether something of the template hands its events to Lambda's own queue in front of the function. */
export function isInvokedAsynchronously({ parts }: CheckedTemplate, functionArn: string): boolean {
  return (
    parts.rules.some(({ targets }) => targets.some(({ arn }) => arn === functionArn)) ||
    parts.subscriptions.some(({ endpointArn }) => endpointArn === functionArn) ||
    parts.buckets.some(({ notifications }) => notifications.some(({ arn }) => arn === functionArn)) ||
    parts.schedules.some(({ target }) => target.arn === functionArn) ||
    parts.functions.some(
      ({ asyncInvoke }) =>
        asyncInvoke.onFailureArn === functionArn || asyncInvoke.onSuccessArn === functionArn,
    )
  );
}

/**
 * Reports an ARN that names none of the types that may stand there. Silent when the resource is there but
 * could not be read, which is a problem of its own.
 */
export function checkArn(
  template: CheckedTemplate,
  arn: string,
  types: Readonly<Record<string, string>>,
  place: Place,
): boolean {
  const type = template.typeOf(arn);
  if (type !== undefined && Object.hasOwn(types, type)) return true;
  const wanted = Object.values(types).join(" or ");
  const found = type === undefined ? `${arn} is no resource of this template` : `${type} is not served here`;
  template.problems.report(place, `${found}; name ${wanted} of this template`);
  return false;
}
