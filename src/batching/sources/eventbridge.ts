import type { BatchSource } from "../source.ts";
import { type EventBridgeEvent, isEventBridgeEvent } from "./eventbridge-event.ts";

/** One event at a time. Source: Amazon EventBridge User Guide, "Events". */
export const eventBridge: BatchSource<EventBridgeEvent> = {
  name: "eventbridge",
  expected: "an EventBridge event, { id, source, detail-type, time, detail }",
  origins: [],
  stopsAt: "none",
  records: (event) => (isEventBridgeEvent(event) ? [event] : undefined),
  identifier: (event) => event.id,
  body: (event) => JSON.stringify(event.detail),
};
