/** Ends a check that could take for ever. Never leaves this module: it becomes a problem of the value. */
export class CheckLimitError extends Error {
  override readonly name = "CheckLimitError";
  readonly rule: string;
  constructor(rule: string, message: string) {
    super(message);
    this.rule = rule;
  }
}
