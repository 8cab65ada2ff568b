import { type Fact, observed, report, rootCall } from "holdfast";
import {
  type CircuitFact,
  type CircuitState,
  isCircuitFact,
  type Transition,
} from "holdfast/circuit-breaker";
import { expectTypeOf, test } from "vitest";

test("a circuit's fact has its fields by its type, without a type argument or a cast", () => {
  observed((fact) => {
    if (!isCircuitFact(fact)) return;
    switch (fact.type) {
      case "circuit.changed":
        expectTypeOf(fact.to).toEqualTypeOf<CircuitState>();
        expectTypeOf(fact.why).toEqualTypeOf<Transition["why"]>();
        expectTypeOf(fact.atMs).toEqualTypeOf<number>();
        break;
      case "circuit.shared":
        expectTypeOf(fact.state).toEqualTypeOf<"CLOSED" | "OPEN" | "ISOLATED">();
        break;
      case "circuit.refused":
        expectTypeOf(fact.state).toEqualTypeOf<CircuitState>();
        expectTypeOf(fact.retryAfterMs).toEqualTypeOf<number>();
        break;
      case "circuit.store-failed":
        expectTypeOf(fact.error).toEqualTypeOf<unknown>();
        break;
    }
    // @ts-expect-error not every one of them has a state
    fact.state;
  });
});

test("a change has what a span's event needs: what, from where to where, why and when", () => {
  expectTypeOf<Extract<CircuitFact, { type: "circuit.changed" }>>().toEqualTypeOf<{
    readonly type: "circuit.changed";
    readonly name: string;
    readonly from: CircuitState;
    readonly to: CircuitState;
    readonly why: Transition["why"];
    readonly atMs: number;
  }>();
});

test("core knows nothing of it: a circuit's fact is a fact like any other", () => {
  expectTypeOf<CircuitFact>().toExtend<Fact>();
  report(rootCall(), { type: "circuit.of-mine", anything: 1 });
});
