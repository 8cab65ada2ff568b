import type { JsonApi, JsonBody } from "../process/json-protocol.ts";
import { RequestError } from "../process/request-error.ts";
import type { Bus, Rule } from "../template/stack.ts";
import { busNameOf, type EventBuses } from "./event-bus.ts";
import { compilePattern, PatternError } from "./pattern.ts";
import { readPutEvents } from "./put-events.ts";

interface Options {
  readonly buses: readonly Bus[];
  readonly rules: readonly Rule[];
  readonly eventBuses: EventBuses;
}

/**
 * The operations of EventBridge's API that are served here; what the template declares cannot be changed.
 *
 * Each throws RequestError for whatever AWS would answer with an error.
 */
export function operations({ buses, rules, eventBuses }: Options): JsonApi["operations"] {
  return {
    PutEvents(body) {
      const results = eventBuses.putEvents(readPutEvents(body));
      return { FailedEntryCount: results.filter((result) => "ErrorCode" in result).length, Entries: results };
    },
    TestEventPattern: (body) => ({ Result: matcherOf(body)(parse(body, "Event")) }),
    DescribeEventBus(body) {
      const name = busNameOf(optionalText(body, "Name"));
      const bus = buses.find((candidate) => candidate.name === name);
      if (bus === undefined) {
        throw new RequestError("ResourceNotFoundException", `Event bus ${name} does not exist.`);
      }
      return { Name: bus.name, Arn: bus.arn };
    },
    ListRules(body) {
      const name = busNameOf(optionalText(body, "EventBusName"));
      const found = rules.filter((rule) => rule.busName === name);
      return {
        Rules: found.map((rule) => ({
          Name: rule.name,
          Arn: rule.arn,
          EventBusName: rule.busName,
          ...(rule.pattern === undefined ? {} : { EventPattern: JSON.stringify(rule.pattern) }),
          State: rule.enabled ? "ENABLED" : "DISABLED",
        })),
      };
    },
  };
}

function matcherOf(body: JsonBody): (event: unknown) => boolean {
  try {
    return compilePattern(parse(body, "EventPattern"));
  } catch (error) {
    throw error instanceof PatternError ? new RequestError(error.code, error.message) : error;
  }
}

function parse(body: JsonBody, name: string): unknown {
  try {
    return JSON.parse(optionalText(body, name) ?? "");
  } catch {
    const code = name === "EventPattern" ? "InvalidEventPatternException" : "ValidationException";
    throw new RequestError(code, `${name} is not valid JSON.`);
  }
}

function optionalText(body: JsonBody, name: string): string | undefined {
  const value = body[name] ?? undefined;
  if (value === undefined || typeof value === "string") return value;
  throw new RequestError("SerializationException", `${name} must be a string.`);
}
