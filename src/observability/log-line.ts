import { type Call, runtimeOf } from "../core/call.ts";
import { dropRejection } from "../core/observer.ts";
import { isoTime } from "../core/runtime/runtime.ts";
import { errorFields } from "./error-fields.ts";
import { FIELD } from "./field-names.ts";
import { eventFacts } from "./known-events.ts";
import type { Tally } from "./tally.ts";

/** What a log line can hold: never an object, which could be a payload. */
export type LogValue = string | number | boolean | null | undefined;

export interface LineOptions {
  readonly service?: string;
  readonly correlationId?: (event: unknown) => string | undefined;
  readonly eventType?: (event: unknown) => string | undefined;
  readonly fields?: (event: unknown) => Readonly<Record<string, LogValue>>;
}

/** How the work on one event ended. */
export interface LineEnd {
  readonly outcome: string;
  readonly durationMs: number;
  readonly recordId?: string | undefined;
  readonly error?: unknown;
}

const LEVELS: Readonly<Record<string, string>> = { ok: "INFO", failed: "ERROR" };

/** One event as one line of JSON. Fields without a value are left out. Never throws for what the options do. */
export function logLine(
  event: unknown,
  call: Call,
  end: LineEnd,
  tally: Tally,
  options: LineOptions,
): string {
  const { context, event: info } = call as Call & Extras;
  const facts = eventFacts(event);
  const line: Record<string, unknown> = {
    [FIELD.timestamp]: isoTime(runtimeOf(call).now()),
    [FIELD.level]: LEVELS[end.outcome] ?? "WARN",
    [FIELD.service]: options.service,
    [FIELD.functionName]: context?.functionName,
    [FIELD.requestId]: context?.awsRequestId,
    [FIELD.correlationId]: given(options.correlationId, event) ?? info?.correlationId ?? facts.correlationId,
    [FIELD.eventType]: given(options.eventType, event) ?? info?.type ?? facts.eventType,
    [FIELD.recordId]: end.recordId,
    [FIELD.outcome]: end.outcome,
    [FIELD.durationMs]: end.durationMs,
    [FIELD.attempt]: call.attempt,
    [FIELD.retries]: tally.retries,
    [FIELD.gaveUp]: tally.gaveUp,
    [FIELD.circuit]: tally.circuit.name,
    [FIELD.circuitState]: tally.circuit.state,
    [FIELD.circuitChange]: tally.circuit.change,
    [FIELD.circuitRefusals]: tally.circuit.refusals,
    [FIELD.circuitSkips]: tally.circuit.skips,
    [FIELD.replayed]: tally.replayed,
    [FIELD.idempotencyId]: tally.idempotency.id,
    [FIELD.idempotencyState]: tally.idempotency.state,
    [FIELD.idempotencyFence]: tally.idempotency.fence,
    [FIELD.idempotencyAgeMs]: tally.idempotency.ageMs,
  };
  if (end.outcome !== "ok") line[FIELD.error] = errorFields(end.error);
  addFields(line, event, options.fields);
  return JSON.stringify(line);
}

/** What calls carry where there is such a thing: `wrapHandler`'s context, and what `onEvent` says of its event. */
interface Extras {
  readonly context?: { readonly functionName?: string; readonly awsRequestId?: string };
  readonly event?: { readonly correlationId?: string; readonly type?: string };
}

function given(
  find: ((event: unknown) => string | undefined) | undefined,
  event: unknown,
): string | undefined {
  try {
    const found: unknown = find?.(event);
    dropRejection(found);
    return typeof found === "string" && found !== "" ? found : undefined;
  } catch {
    return undefined;
  }
}

/** The caller's own fields never replace ours, and only plain values go in. */
function addFields(line: Record<string, unknown>, event: unknown, fields: LineOptions["fields"]): void {
  try {
    const found: unknown = fields?.(event);
    dropRejection(found);
    for (const [name, value] of Object.entries(found ?? {})) {
      if (isPlain(value) && !Object.hasOwn(line, name)) line[name] = value;
    }
  } catch {
    // A line without them says more than none.
  }
}

function isPlain(value: unknown): boolean {
  return value === null || ["string", "number", "boolean"].includes(typeof value);
}
