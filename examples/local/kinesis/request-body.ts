import type { JsonBody } from "../process/json-protocol.ts";
import { RequestError } from "../process/request-error.ts";

/** @throws RequestError SerializationException when the value is there and is no text. */
export function optionalText(body: JsonBody, name: string): string | undefined {
  const value = body[name] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw new RequestError("SerializationException", `${name} must be a string.`);
}

/** @throws RequestError also when it is missing or empty. */
export function requiredText(body: JsonBody, name: string): string {
  const value = optionalText(body, name);
  if (value === undefined || value === "") throw invalid(name, "must not be null or empty");
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
  if (typeof value !== "number" || !Number.isInteger(value)) {
    throw new RequestError("SerializationException", `${name} must be a whole number.`);
  }
  if (value < least || value > most) throw invalid(name, `must be from ${least} to ${most}`);
  return value;
}

export function requiredList(body: JsonBody, name: string): readonly JsonBody[] {
  const value = body[name];
  if (!Array.isArray(value)) throw invalid(name, "must be a list");
  return value.map((item: unknown) => {
    if (typeof item !== "object" || item === null || Array.isArray(item)) {
      throw new RequestError("SerializationException", `${name} must hold objects.`);
    }
    return { ...item };
  });
}

export function invalid(name: string, what: string): RequestError {
  return new RequestError("ValidationException", `1 validation error detected: ${name} ${what}.`);
}

export function invalidArgument(message: string): RequestError {
  return new RequestError("InvalidArgumentException", message);
}
