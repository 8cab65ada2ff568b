import { saysRetryable } from "../../core/errors.ts";

/** Why a request was not answered by its function, as its client is told: a problem of RFC 9457. */
export interface Problem {
  readonly status: number;
  /** Stable, like an error's code: what a client's program should compare. */
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly retryAfterMs?: number | undefined;
}

/** A problem as it is sent. */
export interface ProblemAnswer {
  readonly status: number;
  /** The status in words (RFC 9110, section 15). */
  readonly phrase: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const PHRASES: Readonly<Record<number, string>> = {
  400: "Bad Request",
  409: "Conflict",
  422: "Unprocessable Content",
  503: "Service Unavailable",
};

/** What a client is told to wait where nobody knows for how long. */
const A_MOMENT_MS = 1_000;

type Known = Omit<Problem, "code" | "retryAfterMs">;

const BUSY: Known = {
  status: 503,
  title: "The request cannot be handled right now",
  detail:
    "Whether this request was handled before is not known at the moment. Send it again, with the same key.",
};

const NO_ANSWER: Known = {
  status: 409,
  title: "The first answer is gone",
  detail:
    "A request with this key was handled before, and its answer cannot be had again. It was not handled a second time.",
};

/** What becomes of each error; one that is not here is thrown, as without idempotency. */
const KNOWN: Readonly<Record<string, Known>> = {
  IDEMPOTENCY_IN_PROGRESS: {
    status: 409,
    title: "A request with this key is being handled",
    detail: "The first request with this key has not been answered yet. Send the same request again later.",
  },
  IDEMPOTENCY_PAYLOAD_MISMATCH: {
    status: 422,
    title: "The key was used for another request",
    detail: "This key came before with another method, path, query or body. Use a new key for a new request.",
  },
  IDEMPOTENCY_UNKNOWN_OUTCOME: {
    status: 409,
    title: "The outcome of the first request is not known",
    detail:
      "A request with this key may or may not have been carried out, and it is not repeated. Ask the service's owner.",
  },
  IDEMPOTENCY_RESULT_NOT_STORED: NO_ANSWER,
  IDEMPOTENCY_RESULT_UNREADABLE: NO_ANSWER,
  IDEMPOTENCY_LEASE_LOST: BUSY,
  IDEMPOTENCY_STORE: BUSY,
  IDEMPOTENCY_RECORD_VERSION: BUSY,
};

export function keyMissing(header: string): Problem {
  return {
    status: 400,
    code: "IDEMPOTENCY_KEY_MISSING",
    title: `${header} is missing`,
    detail: `This operation needs the header ${header}: a new value for each new request, the same one when it is sent again.`,
  };
}

export function keyMalformed(header: string, why: string): Problem {
  return { status: 400, code: "IDEMPOTENCY_KEY_MALFORMED", title: `${header} is malformed`, detail: why };
}

/** The problem that an error of `idempotent` is to a client; undefined for any other error. */
export function problemOf(error: unknown): Problem | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  const { code, retryAfterMs } = error as { readonly code?: unknown; readonly retryAfterMs?: unknown };
  if (typeof code !== "string" || !Object.hasOwn(KNOWN, code)) return undefined;
  const retryable = saysRetryable(error) === true;
  // What keeps the answer may be there again in a moment.
  const known = retryable && KNOWN[code] === NO_ANSWER ? BUSY : KNOWN[code];
  if (known === undefined) return undefined;
  const waitMs = typeof retryAfterMs === "number" ? retryAfterMs : retryable ? A_MOMENT_MS : undefined;
  return { ...known, code, retryAfterMs: waitMs };
}

/**
 * A problem as `application/problem+json`. Without a documentation its type is about:blank, and its title the status' own
 * phrase, as RFC 9457, section 4.2.1 asks.
 */
export function answerOf(problem: Problem, documentation: string | undefined): ProblemAnswer {
  const { status, code, title, detail, retryAfterMs } = problem;
  const phrase = PHRASES[status] ?? "";
  const told =
    documentation === undefined ? { type: "about:blank", title: phrase } : { type: documentation, title };
  const wait =
    retryAfterMs === undefined ? {} : { "Retry-After": `${Math.max(1, Math.ceil(retryAfterMs / 1_000))}` };
  return {
    status,
    phrase,
    headers: { "Content-Type": "application/problem+json", ...wait },
    body: JSON.stringify({ ...told, status, detail, code }),
  };
}
