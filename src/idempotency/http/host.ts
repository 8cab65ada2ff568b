import type { Call } from "../../core/call.ts";
import type { ProblemAnswer } from "./problems.ts";
import type { Forgets } from "./remembered.ts";

/** A request, whatever host handed it over: what is compared in its repeats, unless `payload` says otherwise. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  /** As the host gives it: the text after the question mark, or parameters by name. */
  readonly query: unknown;
  /** Empty for a request without a body. */
  readonly body: Uint8Array;
}

/** How one kind of host says requests and answers. `I` is what the function is given, `R` what it answers. */
export interface Host<I, R> {
  /** The method. Throws for an input that is no request. */
  method(input: I): string;
  /** All values of a header, its name in whatever case. */
  lines(input: I, header: string): readonly string[];
  request(input: I): HttpRequest | Promise<HttpRequest>;
  status(answer: R): number;
  /** The answer as plain data. What is no plain data is not stored, and its repeats are told so. */
  keep(answer: R, forgets: Forgets, call: Call): unknown;
  /** The answer to a repeat. */
  replay(kept: unknown, input: I): R;
  problem(problem: ProblemAnswer, input: I): R;
}
