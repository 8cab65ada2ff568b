/** Source: SQS API Reference, 'AddPermission' and 'RemovePermission'. Policies are kept, and not enforced here. */
import type { JsonBody, JsonOperation } from "../../process/json-protocol.ts";
import { RequestError } from "../../process/request-error.ts";
import type { Queue } from "../queue/queue.ts";
import { requiredText, textList } from "../request-body.ts";
import { invalidValue, missing } from "../sqs-error.ts";
import type { Context } from "./context.ts";

type Statement = Readonly<Record<string, unknown>>;
interface Policy {
  readonly Statement: readonly Statement[];
}

const MAX_ACTIONS = 7;

export function permissionOperations({ queues, clock }: Context): Readonly<Record<string, JsonOperation>> {
  function set(queue: Queue, policy: Policy): object {
    const text = policy.Statement.length === 0 ? undefined : JSON.stringify(policy);
    queue.settings = { ...queue.settings, policy: text };
    queue.modifiedAtMs = clock.now();
    return {};
  }
  return {
    AddPermission(body) {
      const queue = queues.named(body);
      const label = readLabel(body);
      const policy = policyOf(queue);
      if (policy.Statement.some(({ Sid }) => Sid === label)) {
        throw invalidValue("Label", label, "Already exists.");
      }
      const principals = textList(body, "AWSAccountIds").map((account) => `arn:aws:iam::${account}:root`);
      const actions = textList(body, "Actions").map((action) => `SQS:${action}`);
      if (principals.length === 0) throw missing("AWSAccountIds");
      if (actions.length === 0) throw missing("Actions");
      if (actions.length > MAX_ACTIONS) {
        throw new RequestError("OverLimit", `A permission has at most ${MAX_ACTIONS} actions.`);
      }
      const statement = {
        Sid: label,
        Effect: "Allow",
        Principal: { AWS: oneOrMore(principals) },
        Action: oneOrMore(actions),
        Resource: queue.arn,
      };
      return set(queue, { ...policy, Statement: [...policy.Statement, statement] });
    },
    RemovePermission(body) {
      const queue = queues.named(body);
      const label = readLabel(body);
      const policy = policyOf(queue);
      const left = policy.Statement.filter(({ Sid }) => Sid !== label);
      if (left.length === policy.Statement.length) throw invalidValue("Label", label, "can't find label.");
      return set(queue, { ...policy, Statement: left });
    },
  };
}

function readLabel(body: JsonBody): string {
  const label = requiredText(body, "Label");
  if (/^[A-Za-z0-9_-]{1,80}$/.test(label)) return label;
  throw invalidValue("Label", label, "It can have 1 to 80 alphanumeric characters, hyphens and underscores.");
}

function policyOf({ arn, settings }: Queue): Policy {
  const empty = { Version: "2008-10-17", Id: `${arn}/SQSDefaultPolicy`, Statement: [] };
  const value: unknown = settings.policy === undefined ? {} : JSON.parse(settings.policy);
  const { Statement = [] }: { readonly Statement?: unknown } =
    typeof value === "object" && value !== null ? { ...value } : {};
  const statements: unknown[] = Array.isArray(Statement) ? Statement : [Statement];
  return { ...empty, ...Object(value), Statement: statements.map((statement) => ({ ...Object(statement) })) };
}

function oneOrMore(texts: readonly string[]): string | readonly string[] {
  const [first, ...others] = texts;
  return first !== undefined && others.length === 0 ? first : texts;
}
