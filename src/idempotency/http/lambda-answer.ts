import { type HttpEvent, isOfLoadBalancer, mayInferAnswers, wantsManyValues } from "./lambda-event.ts";
import type { ProblemAnswer } from "./problems.ts";
import { type Forgets, REPLAYED } from "./remembered.ts";

/** An answer that the function did not give: a problem. It fits what API Gateway, function URLs and load balancers take. */
export interface HttpAnswer {
  statusCode: number;
  /** For load balancers only. */
  statusDescription?: string;
  headers?: { [name: string]: string };
  /** Instead of `headers`, for load balancers with multi-value headers. */
  multiValueHeaders?: { [name: string]: string[] };
  body: string;
  isBase64Encoded: boolean;
}

type Fields = Readonly<Record<string, unknown>>;

/** An answer without a status is the body of a 200 (payload format 2.0). Gateways take the status as text as well. */
export function statusOf(answer: unknown): number {
  return isExplicit(answer) ? Number(answer["statusCode"]) : 200;
}

/** The answer as it is given, without the headers that are forgotten. */
export function keptAnswer(answer: unknown, forgets: Forgets): unknown {
  if (!isExplicit(answer)) return answer;
  const kept: Record<string, unknown> = { ...answer };
  for (const name of ["headers", "multiValueHeaders"]) {
    if (isObject(kept[name])) kept[name] = without(kept[name], forgets);
  }
  // Of payload format 2.0: each becomes a Set-Cookie.
  if (forgets("set-cookie")) delete kept["cookies"];
  return kept;
}

/** What was kept, as the answer to a repeat. */
export function replayedAnswer(kept: unknown, event: HttpEvent): unknown {
  const answer = isExplicit(kept) ? kept : mayInferAnswers(event) ? inferred(kept) : undefined;
  if (answer === undefined) return kept;
  return wantsManyValues(event) || (isObject(answer["multiValueHeaders"]) && !isObject(answer["headers"]))
    ? { ...answer, multiValueHeaders: { ...Object(answer["multiValueHeaders"]), [REPLAYED]: ["true"] } }
    : { ...answer, headers: { ...Object(answer["headers"]), [REPLAYED]: "true" } };
}

export function problemAnswer(
  { status, phrase, headers, body }: ProblemAnswer,
  event: HttpEvent,
): HttpAnswer {
  const each = Object.entries(headers);
  return {
    statusCode: status,
    ...(isOfLoadBalancer(event) ? { statusDescription: `${status} ${phrase}` } : {}),
    ...(wantsManyValues(event)
      ? { multiValueHeaders: Object.fromEntries(each.map(([name, value]) => [name, [value]])) }
      : { headers: { ...headers } }),
    body,
    isBase64Encoded: false,
  };
}

/** What API Gateway makes of it (AWS, "Create AWS Lambda proxy integrations for HTTP APIs", response format 2.0). */
function inferred(body: unknown): Fields {
  return {
    statusCode: 200,
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body ?? null),
    isBase64Encoded: false,
  };
}

function without(headers: Fields, forgets: Forgets): Fields {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !forgets(name)));
}

function isExplicit(answer: unknown): answer is Fields {
  return isObject(answer) && answer["statusCode"] !== undefined;
}

function isObject(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
