import { InvalidOptionError } from "../../../core/errors.ts";

export const DEFAULT_TABLE = "holdfast_idempotency";

/** PostgreSQL cuts names after 63 bytes without an error; the index's name is the table's and 8 more. */
const MAX_NAME_BYTES = 55;

const NAME = /^(?:([A-Za-z_][A-Za-z0-9_$]*)|"((?:[^"\0]|"")+)")$/;

/** Parts a table's name at the dot that is in no quotation marks. */
const PARTS = /^((?:[^".]|"(?:[^"]|"")*")+)(?:\.((?:[^".]|"(?:[^"]|"")*")+))?$/;

/** A table's name as SQL text, each part quoted, so that nothing in it can be read as SQL. */
export interface TableName {
  readonly table: string;
  /** The name of its index, which stands in the same schema without naming it. */
  readonly index: string;
}

/**
 * Reads `table`, `schema.table` or either part in quotation marks, as PostgreSQL does: without them it is in lower case.
 *
 * @throws InvalidOptionError for anything else.
 */
export function tableName(where: string, name: string): TableName {
  const parts = typeof name === "string" ? PARTS.exec(name) : null;
  const [schema, table] = parts?.[2] === undefined ? [undefined, parts?.[1]] : [parts[1], parts[2]];
  const own = identifier(where, table);
  const prefix = schema === undefined ? "" : `${quoted(identifier(where, schema))}.`;
  return { table: prefix + quoted(own), index: quoted(`${own}_expires`) };
}

function identifier(where: string, part: string | undefined): string {
  const match = NAME.exec(part ?? "");
  const name = match?.[1]?.toLowerCase() ?? match?.[2]?.replaceAll('""', '"');
  if (name === undefined) {
    throw new InvalidOptionError(where, 'table must be a name: records, app.records, app."My records"');
  }
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw new InvalidOptionError(where, `the names in table must have at most ${MAX_NAME_BYTES} bytes each`);
  }
  return name;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * The SQL that makes the table, and nothing when it is there: two statements, for a migration.
 *
 * Times are epoch milliseconds, by the clocks of those who write. PostgreSQL has no TTL: `purgeExpired` deletes.
 *
 * @example
 * ```ts
 * await pool.query(postgresTable("app.idempotency"));
 * ```
 */
export function postgresTable(table: string = DEFAULT_TABLE): string {
  const name = tableName("postgresTable", table);
  // Keys are compared by their bytes, so no change of the system's collations can damage the index.
  return `CREATE TABLE IF NOT EXISTS ${name.table} (
  id text COLLATE "C" PRIMARY KEY,
  version integer NOT NULL,
  state text NOT NULL,
  owner text NOT NULL,
  fence bigint NOT NULL,
  lease_until_ms bigint NOT NULL,
  expires_at_ms bigint NOT NULL,
  at_ms bigint NOT NULL,
  payload_hash text NOT NULL,
  result text,
  steps jsonb
);
CREATE INDEX IF NOT EXISTS ${name.index} ON ${name.table} (expires_at_ms);
`;
}
