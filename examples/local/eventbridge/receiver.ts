import type { Deliver } from "../services.ts";
import type { EventEnvelope } from "./event.ts";
import { busNameOf, type EventBuses } from "./event-bus.ts";

/**
 * Takes what other services send to a bus. With the attributes `Source` and `DetailType` (and, where there are
 * any, `Resources`, as a JSON list) the payload is the detail of a new event, as a service of AWS publishes it.
 * Without them it is a whole event, which a rule of another bus hands on with its id, source and time. What is
 * sent to a rule's ARN is the event of its schedule.
 *
 * @throws Error (from the function it returns) with `code` ResourceNotFoundException or ValidationException.
 */
export function receiver(buses: Pick<EventBuses, "publish" | "forward" | "trigger">): Deliver {
  return async (arn, payload, attributes = {}) => {
    const { Source: source, DetailType: detailType, Resources: resources } = attributes;
    const value = parseObject(payload);
    let known: boolean;
    if (source === undefined && detailType === undefined) {
      if (!isEvent(value)) {
        throw coded(
          "ValidationException",
          "a bus takes a whole event from a rule; leave the target's Input, InputPath and InputTransformer out",
        );
      }
      known = arn.includes(":rule/")
        ? buses.trigger(arn, value, payload)
        : buses.forward(busNameOf(arn), value, payload);
    } else {
      if (source === undefined || detailType === undefined || value === undefined) {
        throw coded("ValidationException", "an event needs a source, a detail type, and an object as detail");
      }
      known = buses.publish({
        eventBusName: arn,
        source,
        detailType,
        detail: payload,
        parsedDetail: value,
        resources: resources === undefined ? [] : texts(resources),
      });
    }
    if (!known) throw coded("ResourceNotFoundException", `there is no event bus or rule ${arn}`);
  };
}

type JsonObject = Readonly<Record<string, unknown>>;

/** The fields that every event has, with their types. */
function isEvent(value: JsonObject | undefined): value is JsonObject & EventEnvelope {
  const fields = ["version", "id", "detail-type", "source", "account", "time", "region"];
  const detail = value?.["detail"];
  return (
    value !== undefined &&
    fields.every((field) => typeof value[field] === "string") &&
    Array.isArray(value["resources"]) &&
    typeof detail === "object" &&
    detail !== null
  );
}

function texts(json: string): readonly string[] {
  const value: unknown = JSON.parse(json);
  return Array.isArray(value) ? value.map(String) : [];
}

function parseObject(json: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function coded(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
