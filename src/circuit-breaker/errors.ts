import { HoldfastError } from "../core/errors.ts";

/** The circuit is open: the dependency was not asked. `retryAfterMs` says when it may be; absent while somebody isolates or throttles it by hand. */
export class CircuitOpenError extends HoldfastError {
  override readonly name = "CircuitOpenError";
  constructor(circuit: string, retryAfterMs: number, isThrottled = false) {
    const isKnown = Number.isFinite(retryAfterMs);
    const ms = Math.max(0, Math.ceil(retryAfterMs));
    super(
      "CIRCUIT_OPEN",
      isKnown
        ? `The circuit "${circuit}" is open: what is behind it has failed, and was not asked again. It may be in ${ms} ms.`
        : isThrottled
          ? `The circuit "${circuit}" is throttled: somebody lets only a share of the calls through, until somebody closes the circuit.`
          : `The circuit "${circuit}" is isolated: somebody has taken what is behind it out of service, until somebody closes the circuit.`,
      isKnown ? { retryable: true, retryAfterMs: ms } : { retryable: true },
    );
  }
}
