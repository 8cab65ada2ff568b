/**
 * A service that writes to something encrypted has to use its key.
 *
 * Source: SQS Developer Guide, 'Configure KMS permissions for AWS services'.
 */
import { allows } from "../resources/policy-document.ts";
import type { Place } from "../stack.ts";
import type { CheckedTemplate } from "./checked-template.ts";

/** A key that is not of this template cannot be judged; AWS's own keys let no service in. */
export function checkKey(
  { parts, problems, stack }: CheckedTemplate,
  asked: {
    /** `events.amazonaws.com`, and what people call it. */
    readonly service: string;
    readonly serviceName: string;
    readonly keyName: string;
    /** On whose behalf the service asks. */
    readonly sourceArn: string;
    readonly encryptedArn: string;
    readonly place: Place;
  },
): void {
  const { service, serviceName, keyName, sourceArn, encryptedArn, place } = asked;
  const alias = parts.keyAliases.find(({ name }) => name === keyName);
  const wanted = alias?.keyName ?? keyName;
  if (/(^|:)alias\/aws\//.test(wanted)) {
    problems.report(place, `${keyName} is a key of AWS that lets no other service in; use a key of your own`);
    return;
  }
  const key = parts.keyPolicies.find(({ arn, keyId }) => arn === wanted || keyId === wanted);
  if (key === undefined) return;
  for (const action of ["kms:GenerateDataKey", "kms:Decrypt"]) {
    const question = { service, action, resourceArn: key.arn, sourceArn, accountId: stack.accountId };
    if (allows(key.document, question)) continue;
    problems.report(
      place,
      `the policy of ${key.keyId} does not let ${service} use ${action}, so ${serviceName} could not write to ` +
        `${encryptedArn}; allow it there`,
    );
  }
}
