/** What KMS answers instead of doing what was asked. Codes are those of the KMS API Reference. */
import { RequestError } from "../process/request-error.ts";

export function invalid(message: string): RequestError {
  return new RequestError("ValidationException", message);
}

export function notFound(message: string): RequestError {
  return new RequestError("NotFoundException", message);
}

export function invalidState(message: string): RequestError {
  return new RequestError("KMSInvalidStateException", message);
}

export function unsupported(message: string): RequestError {
  return new RequestError("UnsupportedOperationException", message);
}
