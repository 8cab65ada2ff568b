import { RequestError } from "../process/request-error.ts";
import { MAX_EVENT_DEPTH } from "./event-fields.ts";

/** One entry of a PutEvents request, of the right types but not yet checked. */
export interface PutEventsEntry {
  /** Epoch milliseconds. */
  readonly timeMs?: number;
  readonly source?: string;
  readonly detailType?: string;
  readonly detail?: string;
  readonly resources: readonly string[];
  /** A name or an ARN; the default bus when absent. */
  readonly eventBusName?: string;
}

/** Why one entry failed; the others of the request are not affected. */
export interface EntryError {
  readonly code: string;
  readonly message: string;
}

/** A good entry, with the detail parsed. */
export interface CheckedEntry extends PutEventsEntry {
  readonly source: string;
  readonly detailType: string;
  readonly detail: string;
  readonly parsedDetail: Readonly<Record<string, unknown>>;
}

/** AWS page 'Amazon EventBridge quotas': the sum over a request's entries. */
const MAX_REQUEST_BYTES = 1_048_576;
const MAX_ENTRIES = 10;

/**
 * Reads the body of a PutEvents request.
 *
 * @throws RequestError for what fails the whole request: wrong types, no entry or more than ten, more than 1 MB.
 */
export function readPutEvents(body: Readonly<Record<string, unknown>>): readonly PutEventsEntry[] {
  const { Entries: entries, EndpointId: endpointId } = body;
  if (endpointId !== undefined && endpointId !== null) {
    throw new RequestError(
      "ValidationException",
      "There are no global endpoints here; leave EndpointId out.",
    );
  }
  if (!Array.isArray(entries)) throw wrongType("Entries", "a list of entries");
  if (entries.length < 1 || entries.length > MAX_ENTRIES) {
    const bound = entries.length < 1 ? "greater than or equal to 1" : `less than or equal to ${MAX_ENTRIES}`;
    throw new RequestError(
      "ValidationException",
      `1 validation error detected: Value with ${entries.length} entries at 'entries' failed to satisfy constraint: Member must have length ${bound}`,
    );
  }
  const read = entries.map((entry: unknown, index) => readEntry(entry, `Entries[${index}]`));
  if (read.reduce((sum, entry) => sum + entryBytes(entry), 0) > MAX_REQUEST_BYTES) {
    throw new RequestError(
      "ValidationException",
      "Total size of the entries in the request is over the limit.",
    );
  }
  return read;
}

/** An entry's size as EventBridge counts it (AWS page 'Calculating PutEvents event entry size'). */
export function entryBytes(entry: PutEventsEntry): number {
  const texts = [entry.source ?? "", entry.detailType ?? "", entry.detail ?? "", ...entry.resources];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text), entry.timeMs === undefined ? 0 : 14);
}

/**
 * Checks one entry as PutEvents does; the codes are those of the API reference's PutEventsResultEntry. Sources that
 * begin with `aws.` are for AWS's own services.
 */
export function checkEntry(
  entry: PutEventsEntry,
  sender: "customer" | "service" = "customer",
): CheckedEntry | EntryError {
  const { source, detailType, detail } = entry;
  if (!source) return required("Source");
  if (!detailType) return required("DetailType");
  if (!detail) return required("Detail");
  if (sender === "customer" && source.startsWith("aws.")) {
    return { code: "NotAuthorizedForSourceException", message: "Not authorized for the source." };
  }
  if (detailType.length > 128) {
    return invalid("DetailType", "DetailType must have at most 128 characters.");
  }
  const parsedDetail = parseObject(detail);
  if (parsedDetail === undefined) return { code: "MalformedDetail", message: "Detail is malformed." };
  return { ...entry, source, detailType, detail, parsedDetail };
}

function readEntry(entry: unknown, where: string): PutEventsEntry {
  if (typeof entry !== "object" || entry === null || Array.isArray(entry))
    throw wrongType(where, "an object");
  const fields: Readonly<Record<string, unknown>> = { ...entry };
  const text = (name: string): string | undefined => {
    const value = fields[name] ?? undefined;
    if (value === undefined || typeof value === "string") return value;
    throw wrongType(`${where}.${name}`, "a string");
  };
  const source = text("Source");
  const detailType = text("DetailType");
  const detail = text("Detail");
  const eventBusName = text("EventBusName");
  const timeMs = readTime(fields["Time"] ?? undefined, `${where}.Time`);
  return {
    resources: readResources(fields["Resources"] ?? [], `${where}.Resources`),
    ...(source === undefined ? {} : { source }),
    ...(detailType === undefined ? {} : { detailType }),
    ...(detail === undefined ? {} : { detail }),
    ...(eventBusName === undefined ? {} : { eventBusName }),
    ...(timeMs === undefined ? {} : { timeMs }),
  };
}

function readResources(value: unknown, where: string): readonly string[] {
  const resources: readonly unknown[] = Array.isArray(value) ? value : [value];
  const texts = resources.filter((resource) => typeof resource === "string");
  if (!Array.isArray(value) || texts.length !== resources.length) throw wrongType(where, "a list of strings");
  return texts;
}

/** The JSON 1.1 protocol sends times as epoch seconds; years beyond 0 to 9999 have no ISO form of four digits. */
function readTime(value: unknown, where: string): number | undefined {
  if (value === undefined) return undefined;
  const timeMs = typeof value === "number" ? value * 1000 : Number.NaN;
  if (!(timeMs >= -62_167_219_200_000 && timeMs < 253_402_300_800_000)) {
    throw wrongType(where, "a time in seconds since 1970");
  }
  return timeMs;
}

function parseObject(json: string): Readonly<Record<string, unknown>> | undefined {
  if (depthOf(json) > MAX_EVENT_DEPTH) return undefined;
  try {
    const value: unknown = JSON.parse(json);
    // The detail of an event is an object: a list, a string or a number is malformed.
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** How deep JSON nests: one pass without recursion, whatever the text is. */
function depthOf(json: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let at = 0; at < json.length; at++) {
    const char = json[at];
    if (inString) {
      if (char === "\\") at++;
      else if (char === '"') inString = false;
    } else if (char === '"') inString = true;
    else if (char === "[" || char === "{") deepest = Math.max(deepest, ++depth);
    else if (char === "]" || char === "}") depth--;
  }
  return deepest;
}

const required = (name: string): EntryError => invalid(name, `${name} is a required argument.`);

const invalid = (name: string, reason: string): EntryError => ({
  code: "InvalidArgument",
  message: `Parameter ${name} is not valid. Reason: ${reason}`,
});

const wrongType = (where: string, wanted: string): RequestError =>
  new RequestError("SerializationException", `${where} must be ${wanted}.`);
