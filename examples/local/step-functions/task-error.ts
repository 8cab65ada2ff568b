/** An error as Retry and Catch see it: its name is the Error, its message the Cause. */
export class TaskError extends Error {
  /** Read by the interpreter: a runtime error and a stop can be neither retried nor caught. */
  readonly isRetryable: boolean;
  readonly isCatchable: boolean;

  constructor(name: string, cause: string, options: { readonly final?: boolean } = {}) {
    super(cause);
    this.name = name;
    this.isRetryable = options.final !== true;
    this.isCatchable = options.final !== true;
  }
}
