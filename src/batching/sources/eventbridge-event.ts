/**
 * An event as EventBridge delivers it: to a function as the event itself, to a queue as the message's body. Source: Amazon EventBridge User
 * Guide, "Events". A subset of `EventBridgeEvent` in `@types/aws-lambda`.
 */
export interface EventBridgeEvent {
  readonly id: string;
  readonly source: string;
  readonly "detail-type": string;
  readonly time: string;
  readonly detail: unknown;
}

/** Whether a value has what every event of EventBridge has. */
export function isEventBridgeEvent(value: unknown): value is EventBridgeEvent {
  if (typeof value !== "object" || value === null || !("detail" in value)) return false;
  const { id, source, "detail-type": type, time }: Partial<Record<keyof EventBridgeEvent, unknown>> = value;
  return [id, source, type, time].every((field) => typeof field === "string" && field !== "");
}
