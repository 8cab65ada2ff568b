export type { AwsTransport } from "../aws/transport.ts";
export type { StandardSchema } from "../batching/decoding/standard-schema.ts";
export type { EventBridgeEvent } from "../batching/sources/eventbridge-event.ts";
export type { CheckResult, Problem } from "./check-result.ts";
export { defineEvent } from "./define-event.ts";
export type {
  DetailOf,
  EventDefinition,
  EventDefinitionOptions,
  EventDetail,
  EventSchema,
  OutgoingEvent,
  OutgoingMeta,
} from "./definition.ts";
export { EventInvalidError, EventPublishError, EventUnexpectedError } from "./errors.ts";
export { type EventDecoder, eventDecoder } from "./event-decoder.ts";
export type { InferSchema } from "./infer-schema.ts";
export type { EventLimits } from "./json-form.ts";
export type { JsonSchema, JsonSchemaObject, JsonTypeName } from "./json-schema.ts";
export { jsonSchema } from "./json-schema-check.ts";
export { META, type Meta } from "./meta.ts";
export { onEvent, type WithEvent } from "./on-event.ts";
export {
  type EventPublisher,
  type EventPublisherOptions,
  eventPublisher,
  type PublishResult,
} from "./publisher.ts";
export type { EventInfo, ReceivedEvent } from "./received.ts";
export type { AnyStandardSchema } from "./standard-schema-check.ts";
