import { type Call, observed, rootCall, wrap } from "holdfast";
import { circuitBreaker, consecutiveFailures } from "holdfast/circuit-breaker";
import { type ActiveSpans, spanEvents } from "holdfast/observability";
import { retry } from "holdfast/retry";
import { manualRuntime } from "holdfast/testing";
import { describe, expect, test } from "vitest";

type SpanEvent = readonly [name: string, attributes: object];

function recording(): ActiveSpans & { readonly events: SpanEvent[] } {
  const events: SpanEvent[] = [];
  return { events, getActiveSpan: () => ({ addEvent: (...event) => events.push(event) }) };
}

describe("spanEvents", () => {
  const clock = manualRuntime();
  const call = (): Call => rootCall({ runtime: clock });
  const failing = (_: undefined): Promise<never> => {
    throw Object.assign(new Error("card 4111 1111 1111 1111 refused"), { code: "ECONNRESET" });
  };

  test("tells of retries, and of a circuit that opens and refuses, in their order", async () => {
    const trace = recording();
    const bank = circuitBreaker({ name: "bank", trip: consecutiveFailures(2) });
    const charge = wrap(failing, observed(spanEvents(trace)), retry({ maxAttempts: 3 }), bank);
    await clock.run(charge(undefined, call())).catch(() => {});
    expect(trace.events.map(([name]) => name)).toEqual([
      "retry.attempt",
      "circuit.changed",
      "retry.attempt",
      "circuit.refused",
      "retry.gave-up",
    ]);
    const [, changed] = trace.events[1] ?? [];
    expect(changed).toMatchObject({
      "holdfast.name": "bank",
      "holdfast.from": "closed",
      "holdfast.to": "open",
      "holdfast.why": "tripped",
    });
  });

  test("says an error's code, and nothing that it says", async () => {
    const trace = recording();
    const charge = wrap(failing, observed(spanEvents(trace)), retry({ maxAttempts: 2 }));
    await clock.run(charge(undefined, call())).catch(() => {});
    expect(trace.events[0]?.[1]).toMatchObject({ "holdfast.error_code": "ECONNRESET" });
    expect(JSON.stringify(trace.events)).not.toContain("4111");
  });

  test("leaves out what is no number that can be sent, and facts that are of a record", () => {
    const trace = recording();
    const tell = spanEvents(trace);
    tell(
      { type: "circuit.refused", name: "bank", retryAfterMs: Number.POSITIVE_INFINITY, error: null },
      call(),
    );
    tell({ type: "idempotency.claimed", id: "a" }, call());
    expect(trace.events).toEqual([["circuit.refused", { "holdfast.name": "bank" }]]);
  });

  test("does nothing where no span is active, and takes nothing but a trace", () => {
    const tell = spanEvents({ getActiveSpan: () => undefined });
    expect(() => tell({ type: "circuit.probed", name: "bank" }, call())).not.toThrow();
    expect(() => spanEvents({} as never)).toThrow("spanEvents: it takes `trace` of @opentelemetry/api");
  });
});
