import { type Call, deriveCall, runtimeOf } from "../core/call.ts";
import { InvalidOptionError } from "../core/errors.ts";
import { dropRejection, type Fact } from "../core/observer.ts";
import { checkOptions } from "../core/options.ts";
import type { Policy } from "../core/policy.ts";
import { resting } from "../core/resting.ts";
import { unsaidChange } from "./circuit-tally.ts";
import { type LineEnd, type LineOptions, logLine } from "./log-line.ts";
import { stdoutLines } from "./stdout.ts";
import { tallies } from "./tally.ts";

/**
 * Where the lines go, and what they say of an event beyond what is found by itself. The functions are given the event;
 * round a batch, each record. What they throw is dropped.
 */
export interface LoggedOptions extends LineOptions {
  /** Takes one line, without its end. Default: standard output. Its failure never reaches the caller. */
  readonly write?: (line: string) => void;
  /** Stands in every line, as `service`. */
  readonly service?: string;
}

/**
 * Writes one line of JSON for each event, once it has settled: correlation id, type, outcome, duration, attempt,
 * retries, whether it was replayed, which circuit refused or changed, and the error; never a payload.
 *
 * Round a batch it writes a line for each record, and one for the invocation only when that fails as a whole; round
 * anything else one line. Round a stream's batch a line with the outcome `warning` says once a process that records come again
 * from the lowest failure on. The fields' names are in `FIELD`.
 *
 * @example
 * ```ts
 * export const handler = wrapHandler(sqsBatch(storeOrder), logged({ service: "orders" }), deadline({ reserveMs: 500 }));
 * ```
 */
export function logged(options: LoggedOptions = {}): Policy {
  checkOptions("logged", options, ["write", "service", "correlationId", "eventType", "fields"]);
  const write = checkedWrite(options);
  const unsaid = unsaidChange();
  return {
    name: "logged",
    run(input, call, next) {
      const runtime = runtimeOf(call);
      const beganMs = runtime.now();
      const seen = tallies(unsaid);
      let isBatch = false;
      const observer = (fact: Fact, on: Call): void => {
        if (fact.type === "batch.record") writeLine(recordOf(on), on, recordEnd(fact));
        else if (fact.type === "batch.done") isBatch = true;
        else if (fact.type === "batch.repeats") writeLine(eventOf(input, call), on, warningOf(fact));
        else seen.count(fact, on);
      };
      const inner = deriveCall(call, { observer });
      return resting(inner, next).then(
        (result) => {
          if (!isBatch) writeLine(eventOf(input, call), call, ended("ok"));
          return result;
        },
        (error) => {
          writeLine(eventOf(input, call), call, { ...ended("failed"), error });
          throw error;
        },
      );

      function ended(outcome: string): LineEnd {
        return { outcome, durationMs: runtime.now() - beganMs };
      }

      function writeLine(event: unknown, on: Call, end: LineEnd): void {
        try {
          dropRejection(write(logLine(event, on, end, seen.take(on), options)));
        } catch {
          // The log's failure must never reach the caller.
        }
      }
    },
  };
}

/** In a batch what was received is the record; a record function's input is only what was in it. */
function eventOf(input: unknown, call: Call): unknown {
  return recordOf(call) ?? input;
}

function recordOf(call: Call): unknown {
  return (call as { readonly record?: unknown }).record;
}

function recordEnd(fact: Fact): LineEnd {
  const { outcome, durationMs, identifier, error } = fact;
  return {
    outcome: String(outcome),
    durationMs: Number(durationMs),
    recordId: typeof identifier === "string" ? identifier : undefined,
    error,
  };
}

/** What someone should know who reads the log, once in a process. */
function warningOf({ type, message }: Fact): LineEnd {
  return { outcome: "warning", durationMs: 0, error: { name: "Warning", code: type, message } };
}

function checkedWrite(options: LoggedOptions): (line: string) => void {
  const { write = stdoutLines(), correlationId, eventType, fields } = options;
  for (const [name, value] of Object.entries({ write, correlationId, eventType, fields })) {
    if (value !== undefined && typeof value !== "function") {
      throw new InvalidOptionError("logged", `${name} must be a function`);
    }
  }
  if (options.service !== undefined && typeof options.service !== "string") {
    throw new InvalidOptionError("logged", "service must be a text");
  }
  return write;
}
