/**
 * Whether a service is let in by the policy of what it delivers to. Where it is not, AWS drops what it would
 * have delivered, in silence.
 *
 * Source: each service's page on resource-based policies; SQS Developer Guide, 'Key management', 'Configure KMS
 * permissions for AWS services'.
 */
import { allows, matches, type PolicyQuestion } from "../resources/policy-document.ts";
import type { Place } from "../stack.ts";
import { type CheckedTemplate, queueByArn, topicByArn } from "./checked-template.ts";

/** Who delivers. */
export interface Sender {
  /** `events.amazonaws.com` */
  readonly service: string;
  /** `EventBridge` */
  readonly serviceName: string;
  /** The rule, topic or bucket on whose behalf. */
  readonly logicalId: string;
  readonly arn: string;
  /** What would be lost: `the event`. */
  readonly what: string;
}

export function checkFunctionAccess(
  template: CheckedTemplate,
  sender: Sender,
  functionArn: string,
  place: Place,
): void {
  const permitted = template.parts.permissions.some(
    (permission) =>
      permission.functionArn === functionArn &&
      permission.principal === sender.service &&
      matches(permission.sourceArn ?? "*", sender.arn) &&
      (permission.sourceAccount ?? template.stack.accountId) === template.stack.accountId,
  );
  if (permitted) return;
  template.problems.report(
    place,
    `${sender.logicalId} may not invoke this function, so ${sender.serviceName} would drop ${sender.what}; add an ` +
      `AWS::Lambda::Permission for ${sender.service} with the SourceArn of ${sender.logicalId}`,
  );
}

/** The queue's policy, and its key's when it is encrypted. `role` is what the sender uses it as. */
export function checkQueueAccess(
  template: CheckedTemplate,
  sender: Sender,
  queueArn: string,
  role: string,
  place: Place,
): void {
  const queue = queueByArn(template, queueArn);
  if (queue === undefined) return;
  const question = questionOf(template, sender, "sqs:SendMessage", queueArn);
  const permitted = template.parts.queuePolicies.some(
    ({ queueUrls, document }) => queueUrls.includes(queue.url) && allows(document, question),
  );
  if (!permitted) {
    template.problems.report(
      place,
      `${sender.logicalId} may not send to its ${role} ${queue.logicalId}, so ${sender.serviceName} would drop ` +
        `${sender.what}; add an AWS::SQS::QueuePolicy that allows ${sender.service} sqs:SendMessage on it`,
    );
  }
  checkKeyAccess(template, sender, queueArn);
}

/** The topic's policy, and its key's when it is encrypted. Without a policy a topic lets in its own account only. */
export function checkTopicAccess(
  template: CheckedTemplate,
  sender: Sender,
  topicArn: string,
  place: Place,
): void {
  const topic = topicByArn(template, topicArn);
  if (topic === undefined) return;
  const question = questionOf(template, sender, "sns:Publish", topicArn);
  const permitted = template.parts.topicPolicies.some(
    ({ topicArns, document }) => topicArns.includes(topicArn) && allows(document, question),
  );
  if (!permitted) {
    template.problems.report(
      place,
      `${sender.logicalId} may not publish to ${topic.logicalId}, so ${sender.serviceName} would drop ${sender.what}; ` +
        `add an AWS::SNS::TopicPolicy that allows ${sender.service} sns:Publish on it`,
    );
  }
  checkKeyAccess(template, sender, topicArn);
}

/**
 * Whether the key that something is encrypted with lets the sender in. A key that is not of this template cannot
 * be judged; AWS's own keys let no service in.
 */
export function checkKeyAccess(template: CheckedTemplate, sender: Sender, encryptedArn: string): void {
  const { parts, problems } = template;
  const encrypted = parts.encrypted.find(({ arn }) => arn === encryptedArn);
  if (encrypted === undefined) return;
  const { keyName, place } = encrypted;
  const alias = parts.keyAliases.find(({ name }) => name === keyName);
  const wanted = alias?.keyName ?? keyName;
  if (/(^|:)alias\/aws\//.test(wanted)) {
    problems.report(place, `${keyName} is a key of AWS that lets no other service in; use a key of your own`);
    return;
  }
  const key = parts.keyPolicies.find(({ arn, keyId }) => arn === wanted || keyId === wanted);
  if (key === undefined) return;
  for (const action of ["kms:GenerateDataKey", "kms:Decrypt"]) {
    if (allows(key.document, questionOf(template, sender, action, key.arn))) continue;
    problems.report(
      place,
      `the policy of ${key.logicalId} does not let ${sender.service} use ${action}, so ${sender.serviceName} could not ` +
        `write to ${encryptedArn}; allow it there`,
    );
  }
}

function questionOf(
  template: CheckedTemplate,
  sender: Sender,
  action: string,
  resourceArn: string,
): PolicyQuestion {
  const { service, arn: sourceArn } = sender;
  return { service, action, resourceArn, sourceArn, accountId: template.stack.accountId };
}
