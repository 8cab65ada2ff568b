/**
 * The names of a log line's fields, in one place: dashboards, alarms and queries are written against them.
 *
 * `timestamp` and `level` are the ones that Lambda's own log filter reads in lines of JSON (AWS Lambda Developer
 * Guide, "Configuring JSON and plain text log formats").
 */
export const FIELD = {
  timestamp: "timestamp",
  level: "level",
  service: "service",
  functionName: "function_name",
  requestId: "request_id",
  correlationId: "correlation_id",
  eventType: "event_type",
  /** The source's own name of a batch's record. */
  recordId: "record_id",
  outcome: "outcome",
  durationMs: "duration_ms",
  attempt: "attempt",
  retries: "retries",
  /** Why a retry made no further attempt: `attempts`, `budget`, `deadline`. */
  gaveUp: "gave_up",
  /** The circuit that refused, or has changed, last. */
  circuit: "circuit",
  circuitState: "circuit_state",
  /** Why it is in another state than before: `tripped`, `shared`. */
  circuitChange: "circuit_change",
  /** Calls that circuits refused. */
  circuitRefusals: "circuit_refusals",
  /** Events that were put aside for it, by `skipWhenOpen`. */
  circuitSkips: "circuit_skips",
  replayed: "replayed",
  /** The operation, and the key hashed. */
  idempotencyId: "idempotency_id",
  idempotencyState: "idempotency_state",
  idempotencyFence: "idempotency_fence",
  /** Since the record that was met was claimed or ended. */
  idempotencyAgeMs: "idempotency_age_ms",
  error: "error",
} as const;

export type FieldName = (typeof FIELD)[keyof typeof FIELD];
