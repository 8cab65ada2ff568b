import { InvalidOptionError } from "../core/errors.ts";
import type { Fact, Observer } from "../core/observer.ts";

type Attributes = { [name: string]: string | number | boolean };

/** What is asked of OpenTelemetry: `trace` of `@opentelemetry/api` is one. */
export interface ActiveSpans {
  getActiveSpan(): { addEvent(name: string, attributes: Attributes): unknown } | undefined;
}

/** What a span is told: how calls were tried again, and what circuits and fallbacks did. Batches and keys have lines of their own. */
const TOLD = /^(retry\.|circuit\.|bulkhead\.|fallback$|last-good$)/;

/**
 * Puts what retries, circuits and fallbacks tell onto the span that is active, as its events: `circuit.changed` with `holdfast.from`, `holdfast.to`,
 * `holdfast.why`, and so on.
 *
 * Texts, finite numbers and yes or no become attributes under `holdfast.`; of an error its code, or its name, and never its message. Without an active
 * span, nothing happens. Source: OpenTelemetry API specification, "Add Events".
 *
 * @example
 * ```ts
 * const handler = wrapHandler(sqsBatch(postEntry), observed(spanEvents(trace)));
 * ```
 */
export function spanEvents(trace: ActiveSpans): Observer {
  if (typeof trace?.getActiveSpan !== "function") {
    throw new InvalidOptionError("spanEvents", "it takes `trace` of @opentelemetry/api");
  }
  return function spanEvent(fact) {
    if (!TOLD.test(fact.type)) return;
    trace.getActiveSpan()?.addEvent(fact.type, attributesOf(fact));
  };
}

function attributesOf({ type: _, error, ...fields }: Fact): Attributes {
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(fields)) {
    const isPlain = typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
    if (isPlain) attributes[`holdfast.${name}`] = value as string | number | boolean;
  }
  const code = codeOf(error);
  if (code !== undefined) attributes["holdfast.error_code"] = code;
  return attributes;
}

function codeOf(error: unknown): string | undefined {
  const { code, name } = Object(error) as { readonly code?: unknown; readonly name?: unknown };
  return [code, name].find((text) => typeof text === "string" && text !== "") as string | undefined;
}
