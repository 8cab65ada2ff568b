/** A schedule expression that AWS would refuse, or one that is not served here; the message says which part. */
export class ExpressionError extends Error {
  readonly code = "ValidationException";

  constructor(message: string) {
    super(message);
    this.name = "ExpressionError";
  }
}
