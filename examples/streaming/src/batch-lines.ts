import { type Call, type Fact, observed, type Policy } from "holdfast";
import { FIELD } from "holdfast/observability";

type Fields = Readonly<Record<string, unknown>>;

/**
 * One line of JSON for a batch, with how many records ended how, and one for each that did not just succeed. `logged()` writes one for each
 * record: of fifty thousand a second that would cost more than their work.
 */
export function batchLines(eventType: string): Policy {
  const write = (call: Call, fields: Fields): void => {
    const { context } = call as { readonly context?: { functionName?: string; awsRequestId?: string } };
    const line = {
      [FIELD.timestamp]: new Date().toISOString(),
      [FIELD.functionName]: context?.functionName,
      [FIELD.requestId]: context?.awsRequestId,
      [FIELD.eventType]: eventType,
      [FIELD.attempt]: call.attempt,
      ...fields,
    };
    process.stdout.write(`${JSON.stringify(line)}\n`);
  };
  return observed((fact, call) => {
    if (fact.type === "batch.record" && fact["outcome"] !== "ok") write(call, lineOfRecord(fact));
    if (fact.type === "batch.done") write(call, lineOfBatch(fact));
  });
}

function lineOfRecord({ identifier, outcome, durationMs, error }: Fact): Fields {
  const { name, code } = Object(error) as { readonly name?: unknown; readonly code?: unknown };
  return {
    [FIELD.level]: outcome === "failed" ? "ERROR" : "WARN",
    [FIELD.recordId]: identifier,
    [FIELD.outcome]: outcome,
    [FIELD.durationMs]: durationMs,
    [FIELD.error]: { name, code },
  };
}

function lineOfBatch({ records, ok, setAside, failed, durationMs }: Fact): Fields {
  const outcome = failed === 0 ? "ok" : "failed";
  return {
    [FIELD.level]: failed === 0 ? "INFO" : "ERROR",
    [FIELD.outcome]: outcome,
    [FIELD.durationMs]: durationMs,
    records,
    ok,
    set_aside: setAside,
    failed,
  };
}
