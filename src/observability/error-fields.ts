/** An error as a log line shows it. */
export interface ErrorFields {
  readonly name: string;
  readonly code?: string;
  readonly message?: string;
  /** Of what caused it, without its own cause. */
  readonly cause?: Omit<ErrorFields, "cause">;
}

const LONGEST_MESSAGE = 1_000;

/**
 * What a log line says of whatever was thrown. Never throws itself.
 *
 * Of an error its name, its code and its message, cut at 1,000 characters; of anything else only what kind of thing
 * it is, for it may be the payload. The JSON parser's own message quotes the text it read, so that is left out. Of an error that was caused by another, that
 * one's as well.
 */
export function errorFields(thrown: unknown): ErrorFields {
  const own = ownFields(thrown);
  const cause = causeOf(thrown);
  return cause === undefined ? own : { ...own, cause: ownFields(cause) };
}

function causeOf(thrown: unknown): Error | undefined {
  try {
    return thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : undefined;
  } catch {
    return undefined;
  }
}

function ownFields(thrown: unknown): Omit<ErrorFields, "cause"> {
  try {
    if (typeof thrown !== "object" || thrown === null) return { name: "NonError", message: kindOf(thrown) };
    const { name, code, message }: { name?: unknown; code?: unknown; message?: unknown } = thrown;
    if (typeof message !== "string") return { name: "NonError", message: kindOf(thrown) };
    return {
      name: typeof name === "string" ? name : "Error",
      ...(typeof code === "string" ? { code } : {}),
      message: name === "SyntaxError" ? "what was parsed is not valid" : message.slice(0, LONGEST_MESSAGE),
    };
  } catch {
    return { name: "NonError", message: "what was thrown cannot be read" };
  }
}

function kindOf(thrown: unknown): string {
  if (thrown === null || thrown === undefined) return `${thrown} was thrown`;
  return `a value of type ${typeof thrown} was thrown`;
}
