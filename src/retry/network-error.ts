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
  UND_ERR_INFO: "the connection was lost",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "the answer stopped",
  // A pool makes a new connection for the next attempt; a client closed for good costs a few quick refusals.
  UND_ERR_DESTROYED: "the connection was closed meanwhile",
  UND_ERR_CLOSED: "the connection was closed meanwhile",
  ENETRESET: "the connection was lost",
  ERR_TLS_HANDSHAKE_TIMEOUT: "no connection in time",
  // What this process, or its machine, has too little of comes back when other connections end.
  EADDRNOTAVAIL: "no local port is free",
  EMFILE: "no file handle is free",
  ENFILE: "no file handle is free",
  ENOBUFS: "no buffer is free",
};

/** Codes that a later attempt would meet again: the request itself is wrong, or somebody has called it off. */
const FINAL: Readonly<Record<string, string>> = {
  UND_ERR_INVALID_ARG: "the request is wrong",
  UND_ERR_NOT_SUPPORTED: "the request is wrong",
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: "the request is wrong",
  UND_ERR_ABORTED: "it was called off",
  ERR_INVALID_URL: "the request is wrong",
  ERR_INVALID_PROTOCOL: "the request is wrong",
  // The same request is answered at the same length.
  UND_ERR_HEADERS_OVERFLOW: "the answer's headers are too long",
  HPE_HEADER_OVERFLOW: "the answer's headers are too long",
  UND_ERR_RES_EXCEEDED_MAX_SIZE: "the answer is too long",
  EPROTO: "both sides do not agree on TLS",
};

/** Certificates stay as they are until somebody changes them. Source: Node.js, "TLS: X509 certificate error codes". */
const CERTIFICATE =
  /^(CERT_(HAS_EXPIRED|NOT_YET_VALID|REVOKED|UNTRUSTED|REJECTED|CHAIN_TOO_LONG|SIGNATURE_FAILURE)|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET_ISSUER_CERT(_LOCALLY)?|GET_CRL|VERIFY_LEAF_SIGNATURE|DECRYPT_(CERT|CRL)_SIGNATURE|DECODE_ISSUER_PUBLIC_KEY)|(CRL_(HAS_EXPIRED|NOT_YET_VALID|SIGNATURE_FAILURE))|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH|ERR_TLS_CERT_\w+)$/;

/** So does what the two sides can speak. */
const TLS = /^ERR_(TLS|SSL)_/;

function ofCode(code: string): Classification | undefined {
  if (Object.hasOwn(REASONS, code)) return { retryable: true, reason: `${code}: ${REASONS[code]}` };
  if (Object.hasOwn(FINAL, code)) return { retryable: false, reason: `${code}: ${FINAL[code]}` };
  if (CERTIFICATE.test(code)) return { retryable: false, reason: `${code}: the certificate is not accepted` };
  if (TLS.test(code)) return { retryable: false, reason: `${code}: ${FINAL["EPROTO"]}` };
  // Mostly a proxy or a host in trouble.
  return code.startsWith("HPE_") ? { retryable: true, reason: `${code}: ${NO_HTTP}` } : undefined;
}

const NO_HTTP = "the answer is not HTTP";

/** fetch hides the reason in `cause`, and a name that resolves to several addresses hides it in `errors`. */
const DEPTH = 4;

export function networkReason(error: unknown, depth: number = DEPTH): Classification | undefined {
  if (typeof error !== "object" || error === null || depth === 0) return undefined;
  const { code, name, cause, errors }: { code?: unknown; name?: unknown; cause?: unknown; errors?: unknown } =
    error;
  const told = typeof code === "string" ? ofCode(code) : undefined;
  if (told !== undefined) return told;
  // It has a code for some of its reasons only.
  if (name === "HTTPParserError") return { retryable: true, reason: `HTTPParserError: ${NO_HTTP}` };
  if (name === "TimeoutError") return { retryable: true, reason: "TimeoutError: no answer in time" };
  if (name === "AbortError") return { retryable: false, reason: "AbortError: it was called off" };
  return (
    networkReason(cause, depth - 1) ?? networkReason(Array.isArray(errors) ? errors[0] : undefined, depth - 1)
  );
}

/** What fetch does not even try, or not follow: it has no code for it. Source: Fetch Standard, "main fetch", "HTTP-redirect fetch". */
const NOT_TRIED =
  /^(unknown scheme|bad port|invalid method|unexpected redirect|redirect count exceeded|URL scheme must be a HTTP\(S\) scheme)$/;

/** fetch rejects with a TypeError whatever it failed of, and the cause tells; a mistake in the code is its cause as well. */
export function fetchReason(error: unknown): Classification | undefined {
  if (!(error instanceof TypeError) || !FETCHS_OWN.has(error.message)) return undefined;
  const { cause } = error;
  if (cause === undefined || cause instanceof TypeError || cause instanceof ReferenceError) return undefined;
  const text = cause instanceof Error ? cause.message : "";
  if (NOT_TRIED.test(text)) return { retryable: false, reason: `${error.message}: ${text}` };
  return { retryable: true, reason: `${error.message}: nothing says that it will come again` };
}

/** Before there is an answer, and while its body is read. */
const FETCHS_OWN: ReadonlySet<string> = new Set(["fetch failed", "terminated"]);
