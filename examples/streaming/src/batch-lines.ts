import { type Call, type Fact, observed, type Policy } from "holdfast";
import { FIELD } from "holdfast/observability";

type Fields = Readonly<Record<string, unknown>>;

/**
 * One line of JSON for a batch, with how many records ended how, and one for each that failed or was set aside. `logged()` writes one for each
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
    if (fact.type === "batch.record" && isOfItsOwn(fact)) write(call, lineOfRecord(fact));
    if (fact.type === "batch.done") write(call, lineOfBatch(fact));
  });
}

/** What was not started, behind a failure say, may be thousands: the batch's line counts it. */
function isOfItsOwn({ outcome }: Fact): boolean {
  return outcome !== "ok" && outcome !== "not-started";
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

function lineOfBatch({ records, ok, setAside, failed, notStarted, unfinished, durationMs }: Fact): Fields {
  const isWhole = failed === 0 && notStarted === 0 && unfinished === 0;
  return {
    [FIELD.level]: isWhole ? "INFO" : "ERROR",
    [FIELD.outcome]: isWhole ? "ok" : "failed",
    [FIELD.durationMs]: durationMs,
    records,
    ok,
    set_aside: setAside,
    failed,
    not_started: notStarted,
    unfinished,
  };
}
