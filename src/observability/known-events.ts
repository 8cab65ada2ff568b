/** What the log wants to know of an event. */
export interface EventFacts {
  readonly correlationId: string | undefined;
  readonly eventType: string | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/** A body beyond this is not read a second time for the log's sake. In UTF-16 units, which cost nothing to count. */
const LONGEST_BODY = 256 * 1024;
/** What comes from outside is cut: it becomes a field of every line. */
const LONGEST_TEXT = 256;

/**
 * Reads correlation id and type from the events that are known: EventBridge's, also as the body of an SQS message,
 * and HTTP requests. Never throws, and keeps nothing of a payload.
 *
 * The correlation id is, in this order: `detail._meta.correlationId` of our own events, the header `x-correlation-id`,
 * the SQS message attribute `correlation_id`, EventBridge's `id`, the SQS `messageId`. A request id is none of them: it
 * names a delivery, not the event.
 */
export function eventFacts(event: unknown): EventFacts {
  const fields = fieldsOf(event) ?? {};
  const { body, messageId, requestContext } = fields;
  const isMessage = typeof messageId === "string" && typeof body === "string";
  const isRequest = fieldsOf(requestContext) !== undefined;
  const envelope = isMessage ? envelopeIn(body) : isEnvelope(fields) ? fields : undefined;
  const meta = fieldsOf(fieldsOf(envelope?.["detail"])?.["_meta"]);
  return {
    correlationId:
      textOf(meta?.["correlationId"]) ??
      (isRequest ? headerOf(fields["headers"], "x-correlation-id") : undefined) ??
      (isMessage ? attributeOf(fields["messageAttributes"], "correlation_id") : undefined) ??
      textOf(envelope?.["id"]) ??
      (isMessage ? textOf(messageId) : undefined),
    eventType:
      textOf(envelope?.["detail-type"]) ?? (isRequest ? routeOf(fields) : undefined) ?? sourceOf(fields),
  };
}

function isEnvelope(fields: Fields): boolean {
  return typeof fields["detail-type"] === "string" && "detail" in fields;
}

/** Only a body that says `detail-type` is parsed: most are not EventBridge's, and looking is cheap. */
function envelopeIn(body: string): Fields | undefined {
  if (body.length > LONGEST_BODY || !body.includes('"detail-type"')) return undefined;
  try {
    const fields = fieldsOf(JSON.parse(body));
    return fields !== undefined && isEnvelope(fields) ? fields : undefined;
  } catch {
    return undefined;
  }
}

/** HTTP APIs give names in lower case, REST APIs and load balancers as the client wrote them. */
function headerOf(headers: unknown, name: string): string | undefined {
  const fields = fieldsOf(headers);
  if (fields === undefined) return undefined;
  const found = Object.keys(fields).find((key) => key.toLowerCase() === name);
  return found === undefined ? undefined : textOf(fields[found]);
}

function attributeOf(attributes: unknown, name: string): string | undefined {
  return textOf(fieldsOf(fieldsOf(attributes)?.[name])?.["stringValue"]);
}

/** `POST /orders`: the route as it was declared, for a path holds identifiers. */
function routeOf(fields: Fields): string | undefined {
  const { routeKey, httpMethod, resource, requestContext } = fields;
  const method = textOf(fieldsOf(fieldsOf(requestContext)?.["http"])?.["method"]) ?? textOf(httpMethod);
  const declared = textOf(routeKey);
  if (declared?.includes(" ")) return declared;
  const route = declared ?? textOf(resource);
  if (method === undefined) return undefined;
  return route === undefined ? method : `${method} ${route}`;
}

/** `aws:sqs`, `aws:s3`: of the record itself, or of an event's first. */
function sourceOf(fields: Fields): string | undefined {
  const { Records: records } = fields;
  const record = Array.isArray(records) ? fieldsOf(records[0]) : fields;
  return textOf(record?.["eventSource"]) ?? textOf(record?.["EventSource"]);
}

function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null ? (value as Fields) : undefined;
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value.slice(0, LONGEST_TEXT) : undefined;
}
