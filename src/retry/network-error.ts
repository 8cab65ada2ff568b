import type { Classification } from "./classify.ts";

/**
 * What the codes of Node.js and undici say. The request may or may not have arrived, but for a refused connection.
 *
 * Source: Node.js, "Common system errors" and "DNS: Error codes"; undici, "Errors".
 */
const REASONS: Readonly<Record<string, string>> = {
  ECONNRESET: "the connection was lost",
  ECONNREFUSED: "nobody accepts connections there",
  ECONNABORTED: "the connection was lost",
  EPIPE: "the connection was lost",
  ETIMEDOUT: "no answer in time",
  ESOCKETTIMEDOUT: "no answer in time",
  EHOSTUNREACH: "the host cannot be reached",
  EHOSTDOWN: "the host cannot be reached",
  ENETUNREACH: "the network cannot be reached",
  ENETDOWN: "the network cannot be reached",
  ENOTFOUND: "the name could not be resolved",
  EAI_AGAIN: "the name could not be resolved for the moment",
  UND_ERR_CONNECT_TIMEOUT: "no connection in time",
  UND_ERR_HEADERS_TIMEOUT: "no answer in time",
  UND_ERR_BODY_TIMEOUT: "the answer stopped",
  UND_ERR_SOCKET: "the connection was lost",
};

/** Codes that a later attempt would meet again: the request itself is wrong, or somebody has called it off. */
const FINAL: Readonly<Record<string, string>> = {
  UND_ERR_INVALID_ARG: "the request is wrong",
  UND_ERR_NOT_SUPPORTED: "the request is wrong",
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: "the request is wrong",
  UND_ERR_ABORTED: "it was called off",
  ERR_INVALID_URL: "the request is wrong",
  ERR_INVALID_PROTOCOL: "the request is wrong",
};

/** fetch hides the reason in `cause`, and a name that resolves to several addresses hides it in `errors`. */
const DEPTH = 4;

export function networkReason(error: unknown, depth: number = DEPTH): Classification | undefined {
  if (typeof error !== "object" || error === null || depth === 0) return undefined;
  const { code, name, cause, errors }: { code?: unknown; name?: unknown; cause?: unknown; errors?: unknown } =
    error;
  if (typeof code === "string") {
    if (Object.hasOwn(REASONS, code)) return { retryable: true, reason: `${code}: ${REASONS[code]}` };
    if (Object.hasOwn(FINAL, code)) return { retryable: false, reason: `${code}: ${FINAL[code]}` };
  }
  if (name === "TimeoutError") return { retryable: true, reason: "TimeoutError: no answer in time" };
  if (name === "AbortError") return { retryable: false, reason: "AbortError: it was called off" };
  return (
    networkReason(cause, depth - 1) ?? networkReason(Array.isArray(errors) ? errors[0] : undefined, depth - 1)
  );
}
