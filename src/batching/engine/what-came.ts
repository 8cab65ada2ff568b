/** Says of an event that nobody expected what it is, without quoting any of its contents. */
export function whatCame(event: object): string {
  if ("Records" in event) {
    const { Records: records } = event;
    const first: unknown = Array.isArray(records) ? records[0] : undefined;
    const origin = isObject(first) ? originOf(first) : undefined;
    return origin === undefined
      ? `its Records is ${nameOf(records)}`
      : `what came are records of ${origin.slice(0, 100)}`;
  }
  const origin = originOf(event);
  if (origin !== undefined) return `what came is an event of ${origin.slice(0, 100)}`;
  if ("detail-type" in event) return "what came is an EventBridge event, which has no Records";
  if ("requestContext" in event) return "what came is an HTTP request";
  return "what came has no Records";
}

/** The `eventSource` of a record or an event. SNS writes it with a capital E. */
export function originOf(record: object): string | undefined {
  const { eventSource, EventSource }: { readonly eventSource?: unknown; readonly EventSource?: unknown } =
    record;
  const origin = eventSource ?? EventSource;
  return typeof origin === "string" ? origin : undefined;
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

export function nameOf(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  return Array.isArray(value) ? "a list" : `a value of type ${typeof value}`;
}
