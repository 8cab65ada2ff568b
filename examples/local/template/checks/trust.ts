import type { CheckedTemplate } from "./checked-template.ts";

/** Whether a role lets a service assume it. One that is not of this template cannot be judged, and passes. */
export function trusts({ parts }: CheckedTemplate, roleArn: string, service: string): boolean {
  const role = parts.roles.find(({ arn }) => arn === roleArn);
  return (
    role === undefined ||
    role.trust.Statement.some(
      ({ Effect, Principal, Action }) =>
        Effect === "Allow" &&
        (Principal?.["Service"] ?? []).includes(service) &&
        (Action ?? []).some((action) => ["sts:assumerole", "sts:*", "*"].includes(action.toLowerCase())),
    )
  );
}
