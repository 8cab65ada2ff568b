/** What a resource type is to this cloud: its properties, its name and ARN, and what there is of it to run. */
import type { Problems } from "../problems.ts";
import type { Read, Shape } from "../shapes.ts";
import type { Bucket, HttpApi, Place, Stack } from "../stack.ts";
import type { Syntax } from "../syntax.ts";
import type { PolicyDocument } from "./policy-document.ts";

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

/** A queue policy, before it is asked whom it lets in. */
export interface QueuePolicyPart {
  readonly logicalId: string;
  readonly queueUrls: readonly string[];
  readonly document: PolicyDocument;
}

/** A topic policy, likewise. */
export interface TopicPolicyPart {
  readonly logicalId: string;
  readonly topicArns: readonly string[];
  readonly document: PolicyDocument;
}

export interface PermissionPart {
  /** Undefined for what SAM makes of an event, where nothing waits for it. */
  readonly logicalId?: string;
  readonly functionArn: string;
  readonly principal: string;
  readonly sourceArn: string | undefined;
  readonly sourceAccount?: string;
}

export interface KeyPart {
  readonly arn: string;
  readonly keyId: string;
  readonly document: PolicyDocument;
}

/** Something at rest under a customer's key, and the service that has to use that key to write to it. */
export interface EncryptedPart {
  readonly arn: string;
  readonly keyName: string;
  readonly place: Place;
}

export interface RoutePart {
  readonly apiId: string;
  readonly apiPlace: Place;
  readonly route: HttpApi["routes"][number];
}

/** A function's S3 event, which SAM writes into the bucket; it makes the bucket wait for the permission, too. */
export interface BucketEventPart {
  readonly permissionId: string;
  readonly functionArn: string;
  readonly bucketName: string;
  readonly bucketPlace: Place;
  readonly notifications: Bucket["notifications"];
}

/** The lists of a stack. */
type StackParts = Pick<
  Stack,
  | "tables"
  | "queues"
  | "buses"
  | "rules"
  | "functions"
  | "queueMappings"
  | "httpApis"
  | "buckets"
  | "topics"
  | "subscriptions"
  | "keys"
  | "dataStreams"
  | "streamMappings"
  | "schedules"
  | "stateMachines"
  | "deployOnly"
>;

/** What a template's resources come to: the stack's own lists, and what the checks need beside them. */
export interface Parts extends StackParts {
  readonly routes: readonly RoutePart[];
  readonly bucketEvents: readonly BucketEventPart[];
  readonly queuePolicies: readonly QueuePolicyPart[];
  readonly topicPolicies: readonly TopicPolicyPart[];
  readonly permissions: readonly PermissionPart[];
  readonly keyPolicies: readonly KeyPart[];
  readonly keyAliases: readonly { readonly name: string; readonly keyName: string }[];
  readonly encrypted: readonly EncryptedPart[];
}

export function joinParts(all: readonly Partial<Parts>[]): Parts {
  const gather = <T>(pick: (parts: Partial<Parts>) => readonly T[] | undefined): readonly T[] =>
    all.flatMap((parts) => pick(parts) ?? []);
  return {
    tables: gather(({ tables }) => tables),
    queues: gather(({ queues }) => queues),
    buses: gather(({ buses }) => buses),
    rules: gather(({ rules }) => rules),
    functions: gather(({ functions }) => functions),
    queueMappings: gather(({ queueMappings }) => queueMappings),
    httpApis: gather(({ httpApis }) => httpApis),
    buckets: gather(({ buckets }) => buckets),
    topics: gather(({ topics }) => topics),
    subscriptions: gather(({ subscriptions }) => subscriptions),
    keys: gather(({ keys }) => keys),
    dataStreams: gather(({ dataStreams }) => dataStreams),
    streamMappings: gather(({ streamMappings }) => streamMappings),
    schedules: gather(({ schedules }) => schedules),
    stateMachines: gather(({ stateMachines }) => stateMachines),
    deployOnly: gather(({ deployOnly }) => deployOnly),
    routes: gather(({ routes }) => routes),
    bucketEvents: gather(({ bucketEvents }) => bucketEvents),
    queuePolicies: gather(({ queuePolicies }) => queuePolicies),
    topicPolicies: gather(({ topicPolicies }) => topicPolicies),
    permissions: gather(({ permissions }) => permissions),
    keyPolicies: gather(({ keyPolicies }) => keyPolicies),
    keyAliases: gather(({ keyAliases }) => keyAliases),
    encrypted: gather(({ encrypted }) => encrypted),
  };
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
