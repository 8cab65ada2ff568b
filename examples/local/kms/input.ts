/** Readers of a request's members. Each answers undefined for a member that is not given. */
import { invalid, unsupported } from "./kms-error.ts";

/** A request's body. */
export type Input = Readonly<Record<string, unknown>>;

export function readText(
  input: Input,
  name: string,
  rule: { readonly pattern?: RegExp; readonly most: number },
): string | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string" || value.length > rule.most || rule.pattern?.test(value) === false) {
    throw invalid(
      `${name} is no text that KMS takes: at most ${rule.most} characters, ${rule.pattern ?? "any"}`,
    );
  }
  return value;
}

export function readBytes(input: Input, name: string, most: number): Buffer | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw invalid(`${name} is not bytes in base64`);
  const bytes = Buffer.from(value, "base64");
  if (bytes.length < 1 || bytes.length > most) {
    throw invalid(`${name} has ${bytes.length} bytes; KMS takes 1 to ${most}`);
  }
  return bytes;
}

export function readInteger(input: Input, name: string, least: number, most: number): number | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < least || value > most) {
    throw invalid(`${name} is ${JSON.stringify(value)}; KMS takes a whole number from ${least} to ${most}`);
  }
  return value;
}

/** A member with a few possible values, of which only `served` are served here. */
export function readChoice<const T extends string>(
  input: Input,
  name: string,
  ...served: readonly T[]
): T | undefined {
  const value = input[name];
  if (value === undefined || value === null) return undefined;
  const found = served.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw unsupported(`The local KMS serves ${name} ${served.join(", ")} only, not ${JSON.stringify(value)}.`);
}

/** Members that AWS acts upon and that are not served here: given, they are refused. */
export function refuse(input: Input, ...names: readonly string[]): void {
  for (const name of names) {
    const value = input[name];
    if (value === undefined || value === null || value === false) continue;
    throw unsupported(`The local KMS does not serve ${name}.`);
  }
}

export function required<T>(value: T | undefined, name: string): T {
  if (value === undefined) throw invalid(`${name} is missing`);
  return value;
}
