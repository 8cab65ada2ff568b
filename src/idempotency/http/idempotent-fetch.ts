import type { Call } from "../../core/call.ts";
import { checkNumber, HoldfastError } from "../../core/errors.ts";
import type { Fn } from "../../core/fn.ts";
import type { WithUnit } from "../unit.ts";
import { answerOnce } from "./answer-once.ts";
import { type FetchInput, fetchRequest, rawOf } from "./fetch-request.ts";
import { isResponse, keptResponse, replayedResponse } from "./fetch-response.ts";
import type { Host } from "./host.ts";
import type { IdempotentHttpOptions } from "./options.ts";

/** As for `idempotentHttp`, and how much of a body is kept. */
export interface IdempotentFetchOptions<I> extends IdempotentHttpOptions<I, Response> {
  /**
   * The largest body that is remembered, in bytes; it is read before the client gets it. A longer one goes to the client
   * as it comes, like `text/event-stream`, and repeats are told that it was not stored (409). The record has a limit of its own: see `results`.
   * Default: 1,000,000.
   */
  readonly maxBodyBytes?: number;
}

/**
 * Answers a `Request` with a `Response` once per `Idempotency-Key`: `idempotentHttp` for servers of the fetch kind.
 *
 * The input is a `Request`, or what carries one: as `req.raw`, like Hono's context, or as `request`. The function can read its body: a copy was
 * compared. A Response of any body and status can be given to `unit.transact`, too.
 *
 * @example
 * ```ts
 * const create = idempotentFetch(
 *   async (request: Request, call) => {
 *     const order = (await request.json()) as Order;
 *     return call.unit.transact([putOrder(order)], Response.json({ id: order.orderId }, { status: 201 }));
 *   },
 *   { store, operation: "create-order", tenant: (request) => callerOf(request) },
 * );
 * const response = await create(request, call);
 * ```
 */
export function idempotentFetch<C extends Call, I extends FetchInput = Request>(
  fn: Fn<I, Response, C & WithUnit>,
  options: IdempotentFetchOptions<I>,
): Fn<I, Response, C> {
  const { maxBodyBytes = DEFAULT_MAX_BODY_BYTES, ...rest } = Object(options) as IdempotentFetchOptions<I>;
  checkNumber("idempotentFetch", "maxBodyBytes", maxBodyBytes, { min: 0, integer: true });
  return answerOnce<I, Response, C>("idempotentFetch", fn, rest, fetchHost(maxBodyBytes));
}

const DEFAULT_MAX_BODY_BYTES = 1_000_000;

function fetchHost(maxBodyBytes: number): Host<FetchInput, Response> {
  return {
    method: (input) => rawOf(input).method,
    lines(input, header) {
      const value = rawOf(input).headers.get(header);
      return value === null ? [] : [value];
    },
    request: fetchRequest,
    status: (response) => checked(response).status,
    keep: async (response, forgets, call) => keptResponse(checked(response), forgets, maxBodyBytes, call),
    replay: replayedResponse,
    problem: ({ status, headers, body }) => new Response(body, { status, headers }),
  };
}

function checked(response: Response): Response {
  if (isResponse(response)) return response;
  throw new HoldfastError(
    "NO_RESPONSE",
    "idempotentFetch: the function, or its unit.transact, was expected to answer with a Response, and did not.",
  );
}
