import type { Call } from "../../core/call.ts";
import type { Fn } from "../../core/fn.ts";
import type { WithUnit } from "../unit.ts";
import { answerOnce } from "./answer-once.ts";
import type { Host } from "./host.ts";
import { type HttpAnswer, keptAnswer, problemAnswer, replayedAnswer, statusOf } from "./lambda-answer.ts";
import { type HttpEvent, linesOf, methodOf, requestOf } from "./lambda-event.ts";
import type { IdempotentHttpOptions } from "./options.ts";

/**
 * Answers an HTTP request once per `Idempotency-Key`: a repeat gets the first answer again, and the function is not called.
 *
 * Takes events of API Gateway (payload formats 1.0 and 2.0), function URLs and Application Load Balancers, by
 * draft-ietf-httpapi-idempotency-key-header-07. No key, or a malformed one: 400. The first request goes on: 409 with
 * Retry-After. The key came with another method, path, query or body: 422. The store does not answer: 503. All of these
 * are `application/problem+json`; a repeat's answer has `Idempotency-Replayed: true`. Which answers are remembered is
 * `rememberWhen`; what the function throws is thrown on, and forgotten.
 *
 * Effects in `unit.transact`, which takes the answer, happen exactly once; it completes the key whatever the answer's status.
 * Other effects happen at least once.
 *
 * @example
 * ```ts
 * import type { APIGatewayProxyEventV2WithJWTAuthorizer } from "aws-lambda";
 *
 * const create = idempotentHttp(
 *   async (event: APIGatewayProxyEventV2WithJWTAuthorizer, call) => {
 *     const order: Order = JSON.parse(event.body ?? "");
 *     return call.unit.transact([putOrder(order)], { statusCode: 201, body: JSON.stringify({ id: order.orderId }) });
 *   },
 *   {
 *     store,
 *     operation: "create-order",
 *     tenant: (event) => event.requestContext.authorizer.jwt.claims["sub"] as string,
 *   },
 * );
 * export const handler = wrapHandler(create, logged(), deadline({ reserveMs: 500 }));
 * ```
 */
export function idempotentHttp<I extends HttpEvent, R, C extends Call>(
  fn: Fn<I, R, C & WithUnit>,
  options: IdempotentHttpOptions<I, R>,
): Fn<I, R | HttpAnswer, C> {
  // Replays and problems are answers like any other to whoever sends them.
  return answerOnce<I, R, C>("idempotentHttp", fn, options, lambdaHost as Host<I, R>);
}

const lambdaHost: Host<HttpEvent, unknown> = {
  method: methodOf,
  lines: linesOf,
  request: requestOf,
  status: statusOf,
  keep: keptAnswer,
  replay: replayedAnswer,
  problem: problemAnswer,
};
