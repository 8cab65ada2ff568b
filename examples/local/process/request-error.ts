/** A request that fails as a whole. `code` is the exception's name in the service's API Reference. */
export class RequestError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = "RequestError";
    this.code = code;
  }
}
