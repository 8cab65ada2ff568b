/**
 * IAM policy documents, as far as this cloud asks of them: does a resource's policy let a service in?
 *
 * Source: IAM User Guide, 'IAM JSON policy elements reference'. Deny statements and conditions other than on
 * the source's ARN and account are taken as harmless; IAM itself judges them on AWS.
 */
import { object, optional, required } from "../object-shape.ts";
import { jsonObject, mapOf, oneOf, oneOrMore, type Read, type Shape, text } from "../shapes.ts";
import type { Syntax } from "../syntax.ts";

const principals: Shape<Readonly<Record<string, readonly string[]>>> = {
  read(node: Syntax, problems) {
    if (node.kind === "scalar" && node.text === "*") return { "*": ["*"] };
    return mapOf(oneOrMore(text())).read(node, problems);
  },
};

const statement = object({
  Sid: optional(text()),
  Effect: required(oneOf("Allow", "Deny")),
  Principal: optional(principals),
  NotPrincipal: optional(principals),
  Action: optional(oneOrMore(text())),
  NotAction: optional(oneOrMore(text())),
  Resource: optional(oneOrMore(text())),
  NotResource: optional(oneOrMore(text())),
  Condition: optional(jsonObject()),
});

/** The whole document: Version, Id, and one statement or a list of them. */
export const policyDocument = object({
  Version: optional(oneOf("2012-10-17", "2008-10-17")),
  Id: optional(text()),
  Statement: required(oneOrMore(statement)),
});

export type PolicyDocument = Read<typeof policyDocument>;

export interface PolicyQuestion {
  /** `events.amazonaws.com` */
  readonly service: string;
  /** `sqs:SendMessage` */
  readonly action: string;
  readonly resourceArn: string;
  /** The rule or bus on whose behalf the service asks. */
  readonly sourceArn: string;
  readonly accountId: string;
}

/** True when some statement allows it. */
export function allows(document: PolicyDocument, question: PolicyQuestion): boolean {
  return document.Statement.some(
    ({ Effect, Principal, Action, Resource, Condition }) =>
      Effect === "Allow" &&
      Principal !== undefined &&
      [...(Principal["Service"] ?? []), ...(Principal["*"] ?? []), ...(Principal["AWS"] ?? [])].some(
        (principal) => principal === question.service || principal === "*",
      ) &&
      (Action ?? []).some((action) => matches(action.toLowerCase(), question.action.toLowerCase())) &&
      (Resource ?? []).some((resource) => matches(resource, question.resourceArn)) &&
      conditionHolds(Condition ?? {}, question),
  );
}

function conditionHolds(condition: Readonly<Record<string, unknown>>, question: PolicyQuestion): boolean {
  const asked: Readonly<Record<string, string>> = {
    "aws:sourcearn": question.sourceArn,
    "aws:sourceaccount": question.accountId,
  };
  return Object.entries(condition).every(([operator, keys]) => {
    if (!/^(Arn|String)(Equals|Like)(IfExists)?$/.test(operator) || typeof keys !== "object") return true;
    return Object.entries(keys ?? {}).every(([key, value]) => {
      const actual = Object.hasOwn(asked, key.toLowerCase()) ? asked[key.toLowerCase()] : undefined;
      const wanted = Array.isArray(value) ? value.map(String) : [String(value)];
      return actual === undefined || wanted.some((pattern) => matches(pattern, actual));
    });
  });
}

/** `*` stands for any run of characters, `?` for one. */
export function matches(pattern: string, value: string): boolean {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", "[^]*").replaceAll("?", "[^]")}$`).test(value);
}
