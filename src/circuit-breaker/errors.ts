import { HoldfastError } from "../core/errors.ts";

/** Why a call was not let through: `coming-back` right after it has closed, when only a growing share is. */
export type RefusedBecause = "open" | "isolated" | "throttled" | "coming-back";

const TEXTS: Readonly<Record<RefusedBecause, (ms: number) => string>> = {
  open: (ms) => `is open: what is behind it has failed, and was not asked again. It may be in ${ms} ms.`,
  isolated: () =>
    "is isolated: somebody has taken what is behind it out of service, until somebody closes the circuit.",
  throttled: () =>
    "is throttled: somebody lets only a share of the calls through, until somebody closes the circuit.",
  "coming-back": (ms) =>
    `has closed a moment ago: more and more calls go through, all of them in ${ms} ms. This one did not yet.`,
};

/**
 * The circuit did not let the call through: the dependency was not asked. `retryAfterMs` says when it may be; absent while somebody isolates or
 * throttles it by hand.
 */
export class CircuitOpenError extends HoldfastError {
  override readonly name = "CircuitOpenError";
  readonly because: RefusedBecause;
  constructor(circuit: string, retryAfterMs: number, because: RefusedBecause = "open") {
    const ms = Math.max(0, Math.ceil(retryAfterMs));
    super(
      "CIRCUIT_OPEN",
      `The circuit "${circuit}" ${TEXTS[because](ms)}`,
      Number.isFinite(ms) ? { retryable: true, retryAfterMs: ms } : { retryable: true },
    );
    this.because = because;
  }
}
