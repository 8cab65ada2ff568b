/** What a resource type is to this cloud: its properties, its name and ARN, and what there is of it to run. */
import type { Problems } from "../problems.ts";
import type { Read, Shape } from "../shapes.ts";
import type { Place } from "../stack.ts";
import type { Syntax } from "../syntax.ts";
import type { Parts } from "./parts.ts";

/** The stack's own coordinates, which names and ARNs are made of. */
export interface StackIdentity {
  readonly stackName: string;
  readonly region: string;
  readonly accountId: string;
  readonly partition: string;
  readonly urlSuffix: string;
  readonly sqsEndpoint: string;
}

/** What a resource's name is made from. */
export interface Naming {
  readonly logicalId: string;
  readonly stack: StackIdentity;
  /** A property's text, once evaluated. Undefined when it is not written. */
  text(property: string): string | undefined;
  /**
   * The name property's text, or else stack name and logical id. AWS adds a random suffix to the latter,
   * which is left out here so that two runs have the same names.
   */
  name(property: string): string;
}

/** What `Ref` and `Fn::GetAtt` give. Source: each type's page in the CloudFormation Template Reference. */
export interface ReturnValues {
  readonly name: string;
  readonly arn: string;
  readonly ref: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** Of a type that has no name and no ARN of its own: AWS makes up an id, in whose place the logical id stands. */
export function byLogicalId({ logicalId }: Naming): ReturnValues {
  return { name: logicalId, arn: logicalId, ref: logicalId, attributes: { Id: logicalId } };
}

/** A resource as its kind sees it when it is built. */
export interface ResourceContext extends ReturnValues {
  readonly logicalId: string;
  readonly stack: StackIdentity;
  readonly place: Place;
  readonly properties: Syntax;
  readonly metadata: Syntax | undefined;
  readonly templateFolder: string;
  readonly problems: Problems;
  /** Where a property stands; where it is not written, the nearest thing around it. */
  at(...path: readonly (string | number)[]): Place;
}

export interface ResourceKind {
  readonly type: string;
  returns(naming: Naming): ReturnValues;
  /** Checks the properties and says what there is to run. Nothing when something is wrong with them. */
  build(context: ResourceContext): Partial<Parts>;
  /**
   * Properties that SAM turns into resources of their own, made before the resource (a role) or after it (its
   * events): they are ordered apart from it, so that an event's reference back is no cycle.
   */
  readonly separate: Readonly<Record<string, "before" | "after">>;
}

/** Ties a table of properties to what is built from them. A kind without `build` has nothing to run here. */
export function resourceKind<S extends Shape<unknown>>(kind: {
  readonly type: string;
  readonly properties: S;
  readonly returns: (naming: Naming) => ReturnValues;
  readonly build?: (properties: Read<S>, context: ResourceContext) => Partial<Parts>;
  readonly separate?: Readonly<Record<string, "before" | "after">>;
}): ResourceKind {
  return {
    type: kind.type,
    returns: kind.returns,
    separate: kind.separate ?? {},
    build(context) {
      // The shape's own reader gives what `Read` says of it.
      const properties = kind.properties.read(context.properties, context.problems) as Read<S> | undefined;
      const { logicalId, place } = context;
      if (kind.build === undefined) return { deployOnly: [{ logicalId, type: kind.type, place }] };
      return properties === undefined ? {} : kind.build(properties, context);
    },
  };
}

export function arn(stack: StackIdentity, service: string, resource: string): string {
  return `arn:${stack.partition}:${service}:${stack.region}:${stack.accountId}:${resource}`;
}
