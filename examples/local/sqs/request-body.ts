/** Readers of a request's members. Each answers undefined for a member that is not given. */
import type { JsonBody } from "../process/json-protocol.ts";
import { RequestError } from "../process/request-error.ts";
import { invalidValue, missing } from "./sqs-error.ts";

export function optionalText(body: JsonBody, name: string): string | undefined {
  const value = body[name] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw wrongType(name, "a string");
}

/** @throws RequestError MissingParameter also for an empty text. */
export function requiredText(body: JsonBody, name: string): string {
  const value = optionalText(body, name);
  if (value === undefined || value === "") throw missing(name);
  return value;
}

/** A whole number within its limits. */
export function optionalInteger(
  body: JsonBody,
  name: string,
  least: number,
  most: number,
): number | undefined {
  const value = body[name] ?? undefined;
  if (value === undefined) return undefined;
  if (typeof value !== "number" || !Number.isInteger(value)) throw wrongType(name, "a whole number");
  if (value < least || value > most) {
    throw invalidValue(name, value, `Must be between ${least} and ${most}, if provided.`);
  }
  return value;
}

/** A token that SQS keeps: message groups, deduplication ids, receive attempts. */
export function optionalToken(body: JsonBody, name: string): string | undefined {
  const value = optionalText(body, name);
  if (value === undefined || /^[!-~]{1,128}$/.test(value)) return value;
  const reason = "It can have 1 to 128 alphanumeric characters and punctuation marks.";
  throw invalidValue(name, value, reason);
}

export function textList(body: JsonBody, name: string): readonly string[] {
  const value = body[name] ?? [];
  if (!Array.isArray(value)) throw wrongType(name, "a list");
  return value.map((item: unknown) => {
    if (typeof item !== "string") throw wrongType(name, "a list of strings");
    return item;
  });
}

export function objectList(body: JsonBody, name: string): readonly JsonBody[] {
  const value = body[name] ?? [];
  if (!Array.isArray(value)) throw wrongType(name, "a list");
  return value.map((item: unknown) => objectOf(item, name));
}

export function objectMap(body: JsonBody, name: string): Readonly<Record<string, JsonBody>> {
  const entries = Object.entries(objectOf(body[name] ?? {}, name));
  return Object.fromEntries(entries.map(([key, value]) => [key, objectOf(value, name)]));
}

export function textMap(body: JsonBody, name: string): Readonly<Record<string, string>> {
  const entries = Object.entries(objectOf(body[name] ?? {}, name));
  return Object.fromEntries(
    entries.map(([key, value]) => {
      if (typeof value !== "string") throw wrongType(name, "a map of strings");
      return [key, value];
    }),
  );
}

function objectOf(value: unknown, name: string): JsonBody {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrongType(name, "made of objects");
  }
  return { ...value };
}

function wrongType(name: string, what: string): RequestError {
  return new RequestError("SerializationException", `${name} must be ${what}.`);
}
