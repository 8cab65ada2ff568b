/** What a template's resources come to: the stack's own lists, and what the checks need beside them. */
import type { Bucket, HttpApi, Place, Stack } from "../stack.ts";
import type { PolicyDocument } from "./policy-document.ts";

/** A queue policy, before it is asked whom it lets in. */
export interface QueuePolicyPart {
  readonly logicalId: string;
  readonly queueUrls: readonly string[];
  readonly document: PolicyDocument;
}

/** A topic policy, before it is asked who may publish. */
export interface TopicPolicyPart {
  readonly logicalId: string;
  readonly topicArns: readonly string[];
  readonly document: PolicyDocument;
}

/** An alarm and what it tells. */
export interface AlarmPart {
  readonly logicalId: string;
  readonly arn: string;
  readonly targetArns: readonly string[];
  readonly place: Place;
}

export interface PermissionPart {
  /** Undefined for what SAM makes of an event, where nothing waits for it. */
  readonly logicalId?: string;
  readonly functionArn: string;
  readonly principal: string;
  readonly sourceArn: string | undefined;
  readonly sourceAccount?: string;
}

export interface RolePart {
  readonly arn: string;
  /** Who may assume the role. */
  readonly trust: PolicyDocument;
}

export interface KeyPart {
  readonly logicalId: string;
  readonly arn: string;
  readonly keyId: string;
  readonly document: PolicyDocument;
}

/** An alias, before the key that it names has been found. */
export interface KeyAliasPart {
  readonly name: string;
  readonly keyName: string;
  readonly place: Place;
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
const STACK_LISTS = [
  "tables",
  "queues",
  "buses",
  "rules",
  "functions",
  "queueMappings",
  "httpApis",
  "buckets",
  "topics",
  "subscriptions",
  "keys",
  "dataStreams",
  "streamMappings",
  "schedules",
  "scheduleGroups",
  "stateMachines",
  "deployOnly",
] as const satisfies readonly (keyof Stack)[];

export type StackLists = Pick<Stack, (typeof STACK_LISTS)[number]>;

/** What only the checks look at. */
interface CheckLists {
  readonly routes: readonly RoutePart[];
  readonly bucketEvents: readonly BucketEventPart[];
  readonly queuePolicies: readonly QueuePolicyPart[];
  readonly topicPolicies: readonly TopicPolicyPart[];
  readonly alarms: readonly AlarmPart[];
  readonly permissions: readonly PermissionPart[];
  readonly roles: readonly RolePart[];
  readonly keyPolicies: readonly KeyPart[];
  readonly keyAliases: readonly KeyAliasPart[];
  readonly encrypted: readonly EncryptedPart[];
}

const CHECK_LISTS = [
  "routes",
  "bucketEvents",
  "queuePolicies",
  "topicPolicies",
  "alarms",
  "permissions",
  "roles",
  "keyPolicies",
  "keyAliases",
  "encrypted",
] as const satisfies readonly (keyof CheckLists)[];

export type Parts = StackLists & CheckLists;

export function joinParts(all: readonly Partial<Parts>[]): Parts {
  const lists = [...STACK_LISTS, ...CHECK_LISTS].map(
    (name) => [name, all.flatMap((parts): readonly unknown[] => parts[name] ?? [])] as const,
  );
  // Each list is joined from lists of its own name, and so of its own type.
  return Object.fromEntries(lists) as unknown as Parts;
}

/** The stack's own lists alone. */
export function stackLists(parts: Parts): StackLists {
  return Object.fromEntries(STACK_LISTS.map((name) => [name, parts[name]])) as unknown as StackLists;
}
