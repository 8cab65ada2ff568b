/** Longer messages are cut where an error is too large to be kept. */
const LONGEST_MESSAGE = 1_000;

/** What can be kept of an error that is too large, or carries more than data. */
export function bareError(error: unknown): Error {
  try {
    const { name, message, code, retryable } = Object(error);
    const short = new Error(String(message).slice(0, LONGEST_MESSAGE));
    return Object.assign(short, { name: String(name), code, retryable });
  } catch {
    return new Error("It could not be read.");
  }
}
