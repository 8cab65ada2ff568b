import type { Subscription } from "../template/stack.ts";
import type { MessageAttribute, MessageAttributes } from "./message-attributes.ts";

/** Compiles a pattern of EventBridge's language, which filter policies are written in. */
export type CompilePattern = (pattern: unknown) => (event: unknown) => boolean;

/** Whether a subscriber is to get a message. `body` is what the subscriber would get. */
export type Filter = (message: { readonly attributes: MessageAttributes; readonly body: string }) => boolean;

type Policy = NonNullable<Subscription["filterPolicy"]>;
type Scope = Subscription["filterPolicyScope"];

const MAX_POLICY_BYTES = 262_144;
const MAX_KEYS = 5;
const MAX_COMBINATIONS = 150;

/**
 * A subscription's filter policy, compiled once.
 *
 * Follows the SNS Developer Guide, 'Subscription filter policies' and 'Filter policy constraints'. A body that is
 * no JSON object matches no policy; binary attributes match none either, and a text attribute is no number.
 *
 * @throws Error saying what SNS would refuse in the policy.
 */
export function compileFilter(policy: Policy, scope: Scope, compile: CompilePattern): Filter {
  checkPolicy(policy, scope);
  const matches = compile(policy);
  if (scope === "MessageAttributes") return ({ attributes }) => matches(comparable(attributes));
  return ({ body }) => {
    const json = jsonObject(body);
    return json !== undefined && matches(json);
  };
}

function comparable(attributes: MessageAttributes): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(attributes).flatMap(([name, attribute]) => {
      const value = comparableValue(attribute);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function comparableValue({ DataType, StringValue }: MessageAttribute): unknown {
  if (StringValue === undefined) return undefined;
  if (DataType.startsWith("Number")) return Number(StringValue);
  if (DataType !== "String.Array") return StringValue;
  const list = parsed(StringValue);
  // Text that is no list is compared with nothing.
  return Array.isArray(list) ? list.filter((item) => typeof item !== "object" || item === null) : undefined;
}

function checkPolicy(policy: Policy, scope: Scope): void {
  const bytes = Buffer.byteLength(JSON.stringify(policy));
  if (bytes > MAX_POLICY_BYTES) throw new Error(`the policy has ${bytes} bytes; at most ${MAX_POLICY_BYTES}`);
  const keys = keysOf(policy);
  if (keys.size > MAX_KEYS) throw new Error(`the policy has ${keys.size} keys; at most ${MAX_KEYS}`);
  const combinations = combinationsOf(policy, scope, 1);
  if (combinations > MAX_COMBINATIONS) {
    throw new Error(`the policy has ${combinations} combinations of values; at most ${MAX_COMBINATIONS}`);
  }
  checkNumbers(policy);
}

/** The keys that count: those at the top, also when an `$or` stands round them. */
function keysOf(policy: object): ReadonlySet<string> {
  const keys = Object.entries(policy).flatMap(([key, value]) =>
    key === "$or" && Array.isArray(value)
      ? value.flatMap((branch: unknown) => (isObject(branch) ? [...keysOf(branch)] : []))
      : [key],
  );
  return new Set(keys);
}

/** The values of each list multiplied, and in bodies also with the depth of each list. */
function combinationsOf(policy: object, scope: Scope, depth: number): number {
  return Object.entries(policy).reduce((product, [key, value]) => {
    if (key === "$or" && Array.isArray(value)) {
      const branches = value.filter(isObject).map((branch) => combinationsOf(branch, scope, depth));
      return product * branches.reduce((sum, count) => sum + count, 0);
    }
    if (Array.isArray(value)) return product * value.length * depth;
    if (!isObject(value)) return product;
    if (scope === "MessageAttributes") {
      throw new Error(`"${key}" is nested, which attributes are not; use FilterPolicyScope: MessageBody`);
    }
    return product * combinationsOf(value, scope, depth + 1);
  }, 1);
}

function checkNumbers(value: unknown): void {
  if (typeof value === "number") {
    const scaled = value * 100_000;
    if (Math.abs(value) > 1e9 || Math.abs(scaled - Math.round(scaled)) > 1e-4) {
      throw new Error(`${value} is no number of a policy; write -10^9 to 10^9 with at most five decimals`);
    }
  } else if (typeof value === "object" && value !== null) {
    for (const inner of Object.values(value)) checkNumbers(inner);
  }
}

function jsonObject(text: string): object | undefined {
  const value = parsed(text);
  return isObject(value) ? value : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
