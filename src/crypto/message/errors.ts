import { HoldfastError } from "../../core/errors.ts";

/**
 * An encrypted message that is none, was changed or cut, or asks for more than is allowed: `MESSAGE_REFUSED`. Nothing of it may be used.
 *
 * Never retryable: the same bytes will be refused again.
 */
export class MessageRefusedError extends HoldfastError {
  override readonly name = "MessageRefusedError";
  constructor(what: string, options: { readonly cause?: unknown } = {}) {
    super("MESSAGE_REFUSED", `This encrypted message ${what}.`, options);
  }
}
