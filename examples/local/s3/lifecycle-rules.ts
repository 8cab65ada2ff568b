import { malformedXml, notImplemented, S3Error } from "./s3-error.ts";
import { childrenOf, optionalText, readXml, requiredText, type XmlNode } from "./xml-read.ts";
import { type XmlField, xmlDocument } from "./xml-write.ts";

/** A rule that aborts uploads which were left open. */
export interface LifecycleRule {
  readonly id: string;
  readonly enabled: boolean;
  readonly prefix: string;
  readonly daysAfterInitiation: number;
}

export const DAY_MS = 86_400_000;

const OTHER_ACTIONS = [
  "Expiration",
  "NoncurrentVersionExpiration",
  "NoncurrentVersionTransition",
  "Transition",
] as const;

/**
 * Reads a LifecycleConfiguration. Of its actions, AbortIncompleteMultipartUpload is the only one here.
 *
 * @throws S3Error MalformedXML, InvalidArgument, InvalidRequest; NotImplemented for the other actions.
 */
export function readLifecycleRules(xml: string): readonly LifecycleRule[] {
  const { Rule: nodes } = childrenOf(readXml(xml, "LifecycleConfiguration"), ["Rule"]);
  if (nodes.length === 0) throw malformedXml();
  const rules = nodes.map((node, index) => readRule(node, `rule-${index + 1}`));
  if (new Set(rules.map(({ id }) => id)).size !== rules.length) {
    throw new S3Error("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule");
  }
  return rules;
}

function readRule(node: XmlNode, defaultId: string): LifecycleRule {
  const of = childrenOf(node, [
    "ID",
    "Status",
    "Prefix",
    "Filter",
    "AbortIncompleteMultipartUpload",
    ...OTHER_ACTIONS,
  ]);
  const other = OTHER_ACTIONS.find((action) => of[action].length > 0);
  if (other !== undefined) throw notImplemented(`lifecycle action ${other}`);
  const status = requiredText(of.Status);
  const id = optionalText(of.ID) || defaultId;
  const [action] = of.AbortIncompleteMultipartUpload;
  if (action === undefined) {
    throw new S3Error("InvalidRequest", "At least one action needs to be specified in a rule");
  }
  const days = requiredText(childrenOf(action, ["DaysAfterInitiation"]).DaysAfterInitiation);
  if (id.length > 255)
    throw new S3Error("InvalidArgument", "ID length should not exceed allowed limit of 255");
  if (status !== "Enabled" && status !== "Disabled") throw malformedXml();
  if (!/^\d{1,9}$/.test(days)) throw malformedXml();
  if (Number(days) < 1) {
    throw new S3Error(
      "InvalidArgument",
      "'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer",
    );
  }
  // Exactly one of Filter and the older Prefix.
  if (of.Filter.length + of.Prefix.length !== 1) throw malformedXml();
  const [filter] = of.Filter;
  const prefix = filter === undefined ? requiredText(of.Prefix) : filterPrefix(filter);
  return { id, enabled: status === "Enabled", prefix, daysAfterInitiation: Number(days) };
}

function filterPrefix(filter: XmlNode): string {
  const other = filter.children.find(({ name }) => name !== "Prefix");
  if (other?.name === "Tag" || other?.name === "And") {
    throw new S3Error(
      "InvalidRequest",
      "AbortIncompleteMultipartUpload cannot be specified with Tags, nor here with And: filter by Prefix.",
    );
  }
  if (other !== undefined) throw notImplemented(`lifecycle filter ${other.name}`);
  return optionalText(filter.children) ?? "";
}

export function writeLifecycleRules(rules: readonly LifecycleRule[]): string {
  return xmlDocument(
    "LifecycleConfiguration",
    rules.map(
      (rule): XmlField => [
        "Rule",
        [
          ["ID", rule.id],
          ["Filter", [["Prefix", rule.prefix]]],
          ["Status", rule.enabled ? "Enabled" : "Disabled"],
          ["AbortIncompleteMultipartUpload", [["DaysAfterInitiation", rule.daysAfterInitiation]]],
        ],
      ],
    ),
  );
}

/** The rule that aborts an upload of this key first; undefined when none does. */
export function abortRule(rules: readonly LifecycleRule[], key: string): LifecycleRule | undefined {
  return rules
    .filter((rule) => rule.enabled && key.startsWith(rule.prefix))
    .sort((a, b) => a.daysAfterInitiation - b.daysAfterInitiation)[0];
}
