/** A request that AWS would answer with an error; `code` is the exception's name. */
export class RequestError extends Error {
  readonly code: "ValidationException" | "ConflictException" | "ResourceNotFoundException";

  constructor(code: RequestError["code"], message: string) {
    super(message);
    this.name = "RequestError";
    this.code = code;
  }
}
