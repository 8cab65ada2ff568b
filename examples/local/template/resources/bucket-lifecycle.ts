/**
 * A bucket's lifecycle. Uploads left open are aborted here as well; objects expire and move on AWS only.
 *
 * Source: CloudFormation 'AWS::S3::Bucket Rule'; S3 User Guide, 'Lifecycle configuration elements'.
 */
import { deployOnly, object, optional, required } from "../object-shape.ts";
import type { Problems } from "../problems.ts";
import { flag, integer, list, oneOf, type Read, refuse, type Shape, text } from "../shapes.ts";
import type { Bucket, Place } from "../stack.ts";

const storageClass = oneOf(
  "DEEP_ARCHIVE",
  "GLACIER",
  "GLACIER_IR",
  "INTELLIGENT_TIERING",
  "ONEZONE_IA",
  "STANDARD_IA",
);
const days = integer({ least: 1 });
const transition = object({
  StorageClass: required(storageClass),
  TransitionInDays: optional(integer({ least: 0 })),
  TransitionDate: optional(text()),
});
const noncurrentTransition = object({
  StorageClass: required(storageClass),
  TransitionInDays: required(days),
  NewerNoncurrentVersions: optional(integer({ least: 1, most: 100 })),
});

/** A rule has at least one of them. All but the first are of objects. */
const actions = {
  AbortIncompleteMultipartUpload: optional(object({ DaysAfterInitiation: required(days) })),
  ExpirationInDays: optional(days),
  ExpirationDate: optional(text()),
  ExpiredObjectDeleteMarker: optional(flag()),
  NoncurrentVersionExpiration: optional(
    object({
      NoncurrentDays: required(days),
      NewerNoncurrentVersions: optional(integer({ least: 1, most: 100 })),
    }),
  ),
  NoncurrentVersionExpirationInDays: optional(days),
  NoncurrentVersionTransition: optional(noncurrentTransition),
  NoncurrentVersionTransitions: optional(list(noncurrentTransition, { least: 1 })),
  Transition: optional(transition),
  Transitions: optional(list(transition, { least: 1 })),
};

const size = text({ pattern: /^\d+$/, hint: "write a number of bytes" });

const ruleFields = object({
  Id: optional(text({ pattern: /^.{1,255}$/s, hint: "use at most 255 characters" })),
  Status: required(oneOf("Enabled", "Disabled")),
  Prefix: optional(text()),
  TagFilters: optional(list(object({ Key: required(text()), Value: required(text()) }))),
  ObjectSizeGreaterThan: optional(size),
  ObjectSizeLessThan: optional(size),
  ...actions,
});

const rule: Shape<Read<typeof ruleFields>> = {
  read(node, problems) {
    if (node.kind === "map" && !Object.keys(actions).some((name) => node.entries.has(name))) {
      return refuse(node, problems, "the rule does nothing, which S3 refuses; give it an action");
    }
    return ruleFields.read(node, problems);
  },
};

export const lifecycleConfiguration = object({
  Rules: required(list(rule, { least: 1, most: 1_000 })),
  TransitionDefaultMinimumObjectSize: deployOnly(
    oneOf("varies_by_storage_class", "all_storage_classes_128K"),
  ),
});

/** The rules that abort uploads. Ids are made by S3 on AWS where none is written. */
export function readLifecycle(
  read: Read<typeof lifecycleConfiguration>,
  {
    problems,
    at,
  }: { readonly problems: Problems; readonly at: (...path: readonly (string | number)[]) => Place },
): Bucket["lifecycle"] {
  const taken = new Set<string>();
  return read.Rules.flatMap((written, index) => {
    const id = written.Id ?? `rule-${index + 1}`;
    if (taken.has(id)) problems.report(at(index, "Id"), `two rules have the id ${id}; give each its own`);
    taken.add(id);
    const abort = written.AbortIncompleteMultipartUpload;
    if (abort === undefined) return [];
    const narrow = (["TagFilters", "ObjectSizeGreaterThan", "ObjectSizeLessThan"] as const).find(
      (name) => written[name] !== undefined,
    );
    if (narrow !== undefined) {
      problems.report(
        at(index, narrow),
        "an upload that is open has neither tags nor a size, so S3 refuses AbortIncompleteMultipartUpload with this " +
          "filter; give the abort a rule of its own",
      );
    }
    return [
      {
        id,
        enabled: written.Status === "Enabled",
        prefix: written.Prefix ?? "",
        daysAfterInitiation: abort.DaysAfterInitiation,
      },
    ];
  });
}
