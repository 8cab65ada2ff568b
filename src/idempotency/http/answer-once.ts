import { type Call, deriveCall, entered, refusal, report } from "../../core/call.ts";
import { hasCode, InvalidOptionError } from "../../core/errors.ts";
import type { Fn } from "../../core/fn.ts";
import { within } from "../../core/within.ts";
import { settled } from "../../core/wrap.ts";
import { isDisabled } from "../kill-switch.ts";
import { protect } from "../protect.ts";
import { unguarded } from "../unguarded.ts";
import { resultOf, type Unit, type WithUnit } from "../unit.ts";
import type { Host, HttpRequest } from "./host.ts";
import { readKey } from "./key-header.ts";
import { checkedHttpOptions, type IdempotentHttpOptions } from "./options.ts";
import { answerOf, keyMalformed, keyMissing, type Problem, problemOf } from "./problems.ts";
import { forgets, isRemembered } from "./remembered.ts";

/** Thrown through `idempotent`, so that the key of an answer that is not to be remembered is released. */
const NOT_REMEMBERED: unique symbol = Symbol("holdfast.not-remembered");

/** One request on its way through `idempotent`. */
interface Exchange<I, R> {
  readonly input: I;
  readonly key: string;
  readonly request: HttpRequest;
  /** What the function answered, once it has: absent in a repeat. */
  answer?: { readonly response: R };
  thrown?: { readonly error: unknown };
}

/** Answers each key once. The protocol is that of `idempotent`; here is what HTTP makes of it. */
export function answerOnce<I, R, C extends Call>(
  where: string,
  fn: Fn<I, R, C & WithUnit>,
  options: IdempotentHttpOptions<I, R>,
  host: Host<I, R>,
): Fn<I, R, C> {
  if (typeof fn !== "function")
    throw new InvalidOptionError(where, "its first argument must be the function");
  const settings = checkedHttpOptions(where, options);
  const { shared, header, methods, onMissingKey, documentation } = settings;
  const { store, operation } = shared;
  const { tenant, payload, onError, rememberWhen = isRemembered } = settings;
  const isForgotten = forgets(settings.forgetHeaders);
  const runUnguarded = unguarded(fn, { store, operation }, undefined);
  const isOff = isDisabled();
  const once = protect<Exchange<I, R>, unknown, C>(where, run, {
    ...shared,
    key: ({ key }) => key,
    payload: ({ input, request }) => (payload === undefined ? request : payload(input, request)),
    onError: (error) => (onError === undefined || error === NOT_REMEMBERED ? "release" : onError(error)),
    ...(tenant === undefined ? {} : { tenant: ({ input }) => tenant(input) }),
  });

  return async function answeredOnce(input, given) {
    const call = entered(given);
    const refused = refusal(call);
    if (refused !== undefined) throw refused;
    const method = host.method(input).toUpperCase();
    if (methods?.has(method) === false) return runUnguarded(undefined, input, call);
    const read = readKey(host.lines(input, header), settings);
    if (read.kind !== "key") {
      if (isOff) return runUnguarded(undefined, input, call);
      if (read.kind === "malformed") return tell(keyMalformed(header, read.why), input, call);
      if (onMissingKey !== "run") return tell(keyMissing(header), input, call);
      report(call, { type: "idempotency.key-missing", operation });
      return runUnguarded(undefined, input, call);
    }
    const exchange: Exchange<I, R> = { input, key: read.key, request: await requestOf(input, call) };
    try {
      const kept = await once(exchange, call);
      return exchange.answer === undefined ? host.replay(kept, input) : exchange.answer.response;
    } catch (error) {
      return failed(error, exchange, call);
    }
  };

  /** A client that stops in the middle of its request must not keep the call for ever. */
  async function requestOf(input: I, call: C): Promise<HttpRequest> {
    const request = host.request(input);
    return request instanceof Promise
      ? within(call, Number.POSITIVE_INFINITY, undefined, () => request)
      : request;
  }

  /** What `idempotent` calls: the function, on a call whose unit takes answers. Gives what is to be stored. */
  async function run(exchange: Exchange<I, R>, call: C & WithUnit): Promise<unknown> {
    const { input } = exchange;
    let pending: Promise<unknown> | undefined;
    const unit: Unit = {
      ...call.unit,
      transact(items, response) {
        const applied = apply(items, response);
        pending = applied;
        return applied;
      },
    };

    async function apply<T>(items: readonly object[], given: T | (() => T)): Promise<T> {
      let response: T | undefined;
      const keep = (): unknown => {
        response = resultOf(given);
        return host.keep(response as unknown as R, isForgotten, call);
      };
      try {
        // What is known beforehand is kept before anything is sent.
        await call.unit.transact(items, typeof given === "function" ? keep : await keep());
        exchange.answer = { response: response as unknown as R };
        return response as T;
      } finally {
        pending = undefined;
      }
    }

    try {
      const response = await settled(fn, input, deriveCall(call, {}, { unit }));
      // Not awaited by the function, and its failure is nobody else's.
      await pending;
      // Its transaction has recorded an answer, whatever its status.
      if (exchange.answer !== undefined) return undefined;
      exchange.answer = { response };
      if (!rememberWhen(host.status(response), response)) throw NOT_REMEMBERED;
      return await host.keep(response, isForgotten, call);
    } catch (error) {
      await pending?.catch(() => {});
      if (error !== NOT_REMEMBERED) exchange.thrown = { error };
      throw error;
    }
  }

  function failed(error: unknown, exchange: Exchange<I, R>, call: C): R {
    const { answer, thrown, input } = exchange;
    if (answer !== undefined && error === NOT_REMEMBERED) return answer.response;
    // The function's own failure, whatever it looks like; that its lease has ended it has only heard.
    if (thrown?.error === error && !hasCode(error, "IDEMPOTENCY_LEASE_LOST")) throw error;
    if (answer !== undefined && hasCode(error, "IDEMPOTENCY_STORE")) {
      // Done and answered, perhaps even recorded. Who is told so has no reason to ask again.
      report(call, { type: "http.answer-not-recorded", operation, error });
      return answer.response;
    }
    const problem = problemOf(error);
    if (problem === undefined) throw error;
    return tell(problem, input, call, error);
  }

  function tell(problem: Problem, input: I, call: C, error?: unknown): R {
    const { status, code } = problem;
    report(call, { type: "http.problem", operation, status, code, error });
    return host.problem(answerOf(problem, documentation), input);
  }
}
