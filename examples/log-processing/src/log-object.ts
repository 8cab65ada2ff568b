import { type Call, HoldfastError, TerminalError } from "holdfast";

/** One version of one object, as its notification names it. */
export interface LogObject {
  /** `bucket/key@version`: an overwrite is another log. */
  readonly logId: string;
  readonly bucket: string;
  readonly key: string;
  /** Undefined in a bucket that was never versioned; `null` for what was put there while versioning was off. */
  readonly versionId?: string;
  /** Without quotes. What is read must have it. */
  readonly eTag?: string;
  /** When S3 took the object, as the notification says it: the same in every delivery. */
  readonly time: string;
  /** The UTC day of that time, `2026-11-25`. */
  readonly day: string;
}

/** The version is not there any more: it was deleted, or replaced where only one is kept. */
export class LogGoneError extends HoldfastError {
  override readonly name = "LogGoneError";
  readonly how: "deleted" | "replaced";
  constructor(how: "deleted" | "replaced", cause: unknown) {
    super("LOG_GONE", `The log was ${how} before it was read.`, { retryable: false, cause });
    this.how = how;
  }
}

/** An object that is being read. */
export interface OpenObject {
  readonly contentEncoding: string | undefined;
  /** Its bytes, once. Rejects with LogGoneError when the object goes while it is read. */
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** Opens one version of one object. @throws LogGoneError. */
export type ReadObject = (log: LogObject, call: Call) => Promise<OpenObject>;

/**
 * Reads one record of an S3 notification.
 *
 * Where versions have no id of their own (a bucket that is not versioned, or was) a version is known by the event's
 * `sequencer`, which rises with every write of a key and is the same in every delivery of one event. The ETag would not
 * do: it is the same for the same bytes, and an overwrite with the same bytes is a new log too.
 *
 * @throws TerminalError for anything else than `ObjectCreated` of S3's version 2.
 */
export function readRecord(record: unknown): LogObject {
  const { eventSource, eventName, eventVersion, eventTime, s3 } = fieldsOf(record);
  if (eventSource !== "aws:s3") throw refused("it is no S3 event");
  // The second number rises with what is added, which changes nothing for who does not know it.
  if (!/^2\./.test(textOf(eventVersion))) throw refused("its version is not 2.x");
  if (!textOf(eventName).startsWith("ObjectCreated:")) throw refused("it is not of an object's creation");
  const bucket = textOf(fieldsOf(fieldsOf(s3)["bucket"])["name"]);
  const object = fieldsOf(fieldsOf(s3)["object"]);
  const key = decodeKey(textOf(object["key"]));
  const time = textOf(eventTime);
  if (bucket === "" || key === "" || Number.isNaN(Date.parse(time))) {
    throw refused("it lacks its bucket, its key or its time");
  }
  const eTag = textOf(object["eTag"]);
  const versionId = textOf(object["versionId"]);
  const version = isOwn(versionId) ? versionId : textOf(object["sequencer"]);
  if (version === "") throw refused("it has neither version nor sequencer");
  return {
    logId: `${bucket}/${key}@${version}`,
    bucket,
    key,
    ...(versionId === "" ? {} : { versionId }),
    ...(eTag === "" ? {} : { eTag }),
    time,
    day: new Date(time).toISOString().slice(0, 10),
  };
}

/** Keys in notifications are encoded as in a form: `a b+c` comes as `a+b%2Bc` (AWS page 'Event message structure'). */
export function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll("+", " "));
  } catch (cause) {
    throw new TerminalError("The S3 event was refused: its key is not URL-encoded.", { cause });
  }
}

/** A key has one version `null` at most: every write while versioning is off replaces it. */
function isOwn(versionId: string): boolean {
  return versionId !== "" && versionId !== "null";
}

/** Whether the object says of itself that it is packed: by its key's ending, or by `Content-Encoding`. */
export function saysGzip(key: string, contentEncoding: string | undefined): boolean {
  const encodings = (contentEncoding ?? "").toLowerCase().split(",");
  return key.toLowerCase().endsWith(".gz") || encodings.some((one) => one.trim() === "gzip");
}

function refused(why: string): TerminalError {
  return new TerminalError(`The S3 event was refused: ${why}. See the bucket's notification configuration.`);
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null ? { ...value } : {};
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
