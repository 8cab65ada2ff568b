import { InvalidOptionError } from "../../core/errors.ts";

/** Refuses what is no AwsTransport where it is given; `adapter` is what makes one. */
export function checkTransport(where: string, transport: unknown, adapter: string): void {
  if (typeof Object(transport).call !== "function") {
    throw new InvalidOptionError(where, `transport must be an AwsTransport: ${adapter}`);
  }
}

/** Refuses a name that is missing, as an environment variable may be. */
export function checkName(where: string, option: string, value: unknown): void {
  if (typeof value !== "string" || value === "") {
    throw new InvalidOptionError(where, `${option} is missing; is the function's environment variable set?`);
  }
}

/** Refuses what is no function where one may be given. */
export function checkFunction(where: string, option: string, value: unknown): void {
  if (value !== undefined && typeof value !== "function") {
    throw new InvalidOptionError(where, `${option} must be a function`);
  }
}
