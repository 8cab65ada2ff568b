/**
 * Whether an alarm's topic lets CloudWatch in. A topic without a policy of its own does.
 *
 * Source: CloudWatch User Guide, 'Notifying users on alarm changes'; SNS Developer Guide, 'Enabling server-side
 * encryption for a topic', on event sources of AWS services.
 */
import { checkKeyAccess, checkTopicAccess, type Sender } from "./access.ts";
import { type CheckedTemplate, topicByArn } from "./checked-template.ts";

export function checkAlarms(template: CheckedTemplate): void {
  for (const { logicalId, arn, targetArns, place } of template.parts.alarms) {
    const sender: Sender = {
      service: "cloudwatch.amazonaws.com",
      serviceName: "CloudWatch",
      logicalId,
      arn,
      what: "the alarm",
    };
    for (const topicArn of targetArns) {
      if (topicByArn(template, topicArn) === undefined) continue;
      const ownPolicy = template.parts.topicPolicies.some(({ topicArns }) => topicArns.includes(topicArn));
      if (ownPolicy) checkTopicAccess(template, sender, topicArn, place);
      else checkKeyAccess(template, sender, topicArn);
    }
  }
}
