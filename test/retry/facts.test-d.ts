import { type Fact, observed } from "holdfast";
import { type CircuitFact, isCircuitFact } from "holdfast/circuit-breaker";
import { isRetryFact, type RetryFact, type WhyNoRetry } from "holdfast/retry";
import { expectTypeOf, test } from "vitest";

test("a retry's fact has its fields by its type, without a type argument or a cast", () => {
  observed((fact) => {
    if (!isRetryFact(fact)) return;
    if (fact.type === "retry.attempt") expectTypeOf(fact.delayMs).toEqualTypeOf<number>();
    else expectTypeOf(fact.why).toEqualTypeOf<WhyNoRetry>();
    // @ts-expect-error which of the two is not known here
    fact.delayMs;
    // @ts-expect-error no such fact
    fact.type === "retry.over";
  });
});

test("one observer tells the facts of several modules apart", () => {
  observed((fact) => {
    if (isRetryFact(fact)) expectTypeOf(fact).toEqualTypeOf<RetryFact>();
    else if (isCircuitFact(fact)) expectTypeOf(fact).toEqualTypeOf<CircuitFact>();
    else expectTypeOf(fact).toEqualTypeOf<Fact>();
  });
});
