/** A place where an emulator and AWS part, as conformance tests list them. */
export interface Difference {
  /** The page of AWS's documentation and what it says. */
  readonly aws: string;
  readonly here: string;
  /** What was seen; compared with `here`, word for word. */
  readonly see: () => Promise<string>;
}

/** The name of the error that a request is refused with, or "accepted". */
export function refusal(request: Promise<unknown>): Promise<string> {
  return request.then(
    () => "accepted",
    (error: unknown) => (error instanceof Error ? error.name : String(error)),
  );
}
