export { FIELD, type FieldName } from "./field-names.ts";
export type { LogValue } from "./log-line.ts";
export { type LoggedOptions, logged } from "./logged.ts";
export { type ActiveSpans, spanEvents } from "./span-events.ts";
