import type { Call, Fn } from "holdfast";
import { EventInvalidError } from "holdfast/events";
import type { HttpEvent } from "holdfast/idempotency/http";

/** What of an HTTP API event (payload format 2.0) is looked at here, beside what idempotency looks at. */
export interface HttpRequest extends HttpEvent {
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly pathParameters?: Readonly<Record<string, string>>;
}

export interface HttpAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** One thing wrong with a request, and where: a JSON pointer into the body, or a header's name. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

/** A request that will never be right: answered 400 with each field's problem. */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
  readonly problems: readonly FieldProblem[];
  constructor(problems: readonly FieldProblem[]) {
    super("The request is not valid.");
    this.problems = problems;
  }
}

/** A header, whatever the case its name came in: HTTP APIs send them lower-cased, other fronts may not. */
export function header(request: HttpRequest, name: string): string | undefined {
  const wanted = name.toLowerCase();
  return Object.entries(request.headers ?? {}).find(([given]) => given.toLowerCase() === wanted)?.[1];
}

/** Refuses bytes that are no UTF-8, rather than storing something else in their place. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The body as JSON. */
export function jsonBody(request: HttpRequest): unknown {
  const { body = "", isBase64Encoded = false } = request;
  try {
    return JSON.parse(isBase64Encoded ? utf8.decode(Buffer.from(body, "base64")) : body);
  } catch {
    throw new BadRequest([{ field: "", message: "the body must be JSON" }]);
  }
}

export function answer(statusCode: number, value: unknown, headers: Record<string, string> = {}): HttpAnswer {
  return {
    statusCode,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(value),
  };
}

/** Answers what is thrown instead of failing the invocation: an HTTP client needs a status, not a stack. */
export function answeringErrors<R, C extends Call>(
  fn: Fn<HttpRequest, R, C>,
): Fn<HttpRequest, R | HttpAnswer, C> {
  return async function withAnswers(request, call) {
    try {
      return await fn(request, call);
    } catch (error) {
      return problemAnswer(error);
    }
  };
}

/** The answer to an error, as problem details (RFC 9457). Nothing of the error's own text goes out. */
function problemAnswer(error: unknown): HttpAnswer {
  if (error instanceof BadRequest)
    return problem(400, "The request is not valid.", { problems: error.problems });
  if (error instanceof EventInvalidError) {
    const problems = error.problems.map(({ path, message }) => ({ field: path, message }));
    return problem(400, "The order is not valid.", { problems });
  }
  return problem(503, "Something failed. Send the same request again.", {}, { "retry-after": "1" });
}

function problem(
  status: number,
  title: string,
  more: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): HttpAnswer {
  return answer(
    status,
    { status, title, ...more },
    { "content-type": "application/problem+json", ...headers },
  );
}
