import type { Problems } from "../problems.ts";
import type { Parts, StackIdentity } from "../resources/kind.ts";
import type { LambdaFunction, Place, Queue } from "../stack.ts";

/** A template whose resources are read, for the checks that look at several of them together. */
export interface CheckedTemplate {
  readonly parts: Parts;
  readonly stack: StackIdentity;
  readonly problems: Problems;
  /** How many times faster than AWS's the waits pass: 1 is as on AWS. */
  readonly speed: number;
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

/** True when a bucket tells the function of its objects, which invokes it asynchronously. */
export function isToldByBucket({ parts }: CheckedTemplate, functionArn: string): boolean {
  return parts.buckets.some(({ notifications }) => notifications.some(({ arn }) => arn === functionArn));
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
