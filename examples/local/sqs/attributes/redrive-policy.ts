import { invalidValue } from "../sqs-error.ts";

/** When this queue gives a message up, and to whom. */
export interface RedrivePolicy {
  readonly deadLetterArn: string;
  readonly maxReceiveCount: number;
}

/** Whose dead-letter queue this queue may be. */
export interface RedriveAllowPolicy {
  readonly permission: "allowAll" | "denyAll" | "byQueue";
  readonly sourceArns: readonly string[];
}

/** @throws RequestError. Source: SQS API Reference, 'SetQueueAttributes'. */
export function readRedrivePolicy(text: string): RedrivePolicy {
  const refuse = (reason: string) => invalidValue("RedrivePolicy", text, reason);
  const policy = jsonObject(text);
  if (policy === undefined) throw refuse("Redrive policy is not a valid JSON map.");
  const { deadLetterTargetArn: deadLetterArn, maxReceiveCount: given = 10, ...others } = policy;
  if (Object.keys(others).length > 0) throw refuse(`${Object.keys(others).join(", ")} is not known.`);
  if (deadLetterArn === undefined) {
    throw refuse("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
  }
  if (typeof deadLetterArn !== "string" || !/^arn:[\w-]+:sqs:[\w-]+:\d{12}:[\w.-]+$/.test(deadLetterArn)) {
    throw refuse("Invalid value for deadLetterTargetArn.");
  }
  const maxReceiveCount = typeof given === "string" && /^\d+$/.test(given) ? Number(given) : given;
  if (!isWhole(maxReceiveCount) || maxReceiveCount < 1 || maxReceiveCount > 1_000) {
    throw refuse("Invalid value for maxReceiveCount, valid values are from 1 to 1000 both inclusive.");
  }
  return { deadLetterArn, maxReceiveCount };
}

export function writeRedrivePolicy({ deadLetterArn, maxReceiveCount }: RedrivePolicy): string {
  return JSON.stringify({ deadLetterTargetArn: deadLetterArn, maxReceiveCount });
}

/** @throws RequestError. Source: SQS API Reference, 'SetQueueAttributes'. */
export function readRedriveAllowPolicy(text: string): RedriveAllowPolicy {
  const refuse = (reason: string) => invalidValue("RedriveAllowPolicy", text, reason);
  const policy = jsonObject(text);
  if (policy === undefined) throw refuse("Redrive allow policy is not a valid JSON map.");
  const { redrivePermission: permission = "allowAll", sourceQueueArns, ...others } = policy;
  if (Object.keys(others).length > 0) throw refuse(`${Object.keys(others).join(", ")} is not known.`);
  if (permission !== "allowAll" && permission !== "denyAll" && permission !== "byQueue") {
    throw refuse("Invalid value for redrivePermission.");
  }
  if (permission !== "byQueue") {
    if (sourceQueueArns !== undefined) throw refuse("sourceQueueArns is for redrivePermission byQueue only.");
    return { permission, sourceArns: [] };
  }
  const sources: unknown = sourceQueueArns;
  if (!Array.isArray(sources) || sources.length < 1 || sources.length > 10) {
    throw refuse("sourceQueueArns must name 1 to 10 queues.");
  }
  return { permission, sourceArns: sources.map(String) };
}

export function writeRedriveAllowPolicy({ permission, sourceArns }: RedriveAllowPolicy): string {
  const sources = permission === "byQueue" ? { sourceQueueArns: sourceArns } : {};
  return JSON.stringify({ redrivePermission: permission, ...sources });
}

export function allows(policy: RedriveAllowPolicy | undefined, sourceArn: string): boolean {
  if (policy === undefined || policy.permission === "allowAll") return true;
  return policy.permission === "byQueue" && policy.sourceArns.includes(sourceArn);
}

function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function isWhole(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value);
}
