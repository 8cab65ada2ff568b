/** What a record's work gives instead of a result when the record failed for good and was written elsewhere. */
export class SetAside {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}
