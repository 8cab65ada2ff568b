/**
 * The messages of PostgreSQL's protocol, version 3, as far as a server needs to know them that hands them on.
 *
 * Source: PostgreSQL Documentation, "Message Formats" and "Error and Notice Message Fields".
 */

/** One message. `type` is its first byte as a character; of what comes before a session begins, what it asks for. */
export interface Frame {
  readonly type: string;
  readonly bytes: Buffer;
}

/** Begins a session; asks for TLS; for encryption by GSSAPI; to cancel what another session does. */
const OPENINGS: ReadonlyMap<number, string> = new Map([
  [196_608, "startup"],
  [80_877_103, "tls"],
  [80_877_104, "gssapi"],
  [80_877_102, "cancel"],
]);

/** Cuts what a client sends into messages. Its first one has no type, and says what it is by a number. */
export function clientFrames(): (chunk: Buffer) => readonly Frame[] {
  let rest: Buffer = Buffer.alloc(0);
  let begun = false;
  return function framesIn(chunk) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const frames: Frame[] = [];
    for (;;) {
      const head = begun ? 1 : 0;
      if (rest.length < head + 4) return frames;
      const end = head + rest.readUInt32BE(head);
      if (rest.length < end || (!begun && end < 8)) return frames;
      const bytes = rest.subarray(0, end);
      rest = rest.subarray(end);
      const type = begun ? String.fromCharCode(bytes[0] ?? 0) : openingOf(bytes);
      // After a refused TLS the same connection begins anew, in clear.
      begun = type !== "tls" && type !== "gssapi";
      frames.push({ type, bytes });
    }
  };
}

function openingOf(bytes: Buffer): string {
  return OPENINGS.get(bytes.readUInt32BE(4)) ?? "unknown";
}

/** `I` between transactions, `T` in one, `E` in one that has failed. */
export type TransactionStatus = "I" | "T" | "E";

/** What the last ReadyForQuery of an answer says. */
export function statusIn(answer: Uint8Array): TransactionStatus | undefined {
  // It is six bytes, and the last message of every answer that has one.
  const last = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength).subarray(-6);
  if (last.length < 6 || last[0] !== "Z".charCodeAt(0) || last.readUInt32BE(1) !== 5) return undefined;
  return String.fromCharCode(last[5] ?? 0) as TransactionStatus;
}

/** The text of a simple query, or of a statement that is prepared; with the latter the name it is to have. */
export function statementIn({
  type,
  bytes,
}: Frame): { readonly name: string; readonly sql: string } | undefined {
  if (type === "Q") return { name: "", sql: textAt(bytes, 5) };
  if (type !== "P") return undefined;
  const name = textAt(bytes, 5);
  return { name, sql: textAt(bytes, 5 + Buffer.byteLength(name) + 1) };
}

function textAt(bytes: Buffer, from: number): string {
  const end = bytes.indexOf(0, from);
  return bytes.toString("utf8", from, end < 0 ? bytes.length : end);
}

/** A client's own message, by which it asks for a simple query. */
export function simpleQuery(sql: string): Buffer {
  return message("Q", text(sql));
}

/** `FATAL` ends the session, `ERROR` only what was asked. */
export function errorResponse(severity: "FATAL" | "ERROR", sqlState: string, why: string): Buffer {
  const fields = { S: severity, V: severity, C: sqlState, M: why };
  return message(
    "E",
    ...Object.entries(fields).map(([field, value]) => text(field + value)),
    Buffer.alloc(1),
  );
}

export function readyForQuery(status: TransactionStatus): Buffer {
  return message("Z", Buffer.from(status));
}

export function askForPassword(): Buffer {
  return message("R", int32(3));
}

/** All that a session begins with. Drivers look at these settings. */
export function sessionBegun(id: number): Buffer {
  const settings = {
    server_version: "18.0",
    server_encoding: "UTF8",
    client_encoding: "UTF8",
    DateStyle: "ISO, MDY",
    TimeZone: "UTC",
    integer_datetimes: "on",
    standard_conforming_strings: "on",
  };
  return Buffer.concat([
    message("R", int32(0)),
    ...Object.entries(settings).map(([name, value]) => message("S", text(name), text(value))),
    message("K", int32(id), int32(0)),
    readyForQuery("I"),
  ]);
}

/** What a transaction that has failed answers to its ROLLBACK, and to its COMMIT as well. */
export function rolledBack(asked: readonly Frame[]): Buffer {
  const done = message("C", text("ROLLBACK"));
  const ready = readyForQuery("I");
  const answers: Readonly<Record<string, readonly Buffer[]>> = {
    Q: [done, ready],
    P: [message("1")],
    B: [message("2")],
    D: [message("n")],
    E: [done],
    S: [ready],
  };
  return Buffer.concat(asked.flatMap(({ type }) => answers[type] ?? []));
}

function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}
