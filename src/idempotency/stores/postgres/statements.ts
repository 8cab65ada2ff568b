import type { RecordState, Steps } from "../../record.ts";
import type { ClaimRequest, Lease, RecordChange } from "../../store.ts";

/** One query. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

type Seen = Lease & { readonly state: RecordState };

/** The statements of a record: one for each thing that a store does. Each answers with exactly one row. */
export interface Statements {
  claim(request: ClaimRequest): Statement;
  replace(request: ClaimRequest, fence: number): Statement;
  /** `limitMs`: how long the transaction may stand idle from here on, and each of its statements take. */
  change(seen: Seen, change: RecordChange & { readonly owner?: string }, limitMs?: number): Statement;
  /** The same while the lease holds, and an error of PostgreSQL's when it does not: its transaction is not to be committed. */
  changeOrFail(lease: Lease, change: RecordChange, limitMs?: number): Statement;
  remove(seen: Seen): Statement;
  read(id: string): Statement;
  purge(untilMs: number, limit: number): Statement;
}

/**
 * Writes are made under the record that is shown. A snapshot can be older than the row that a write meets, for another
 * may commit while the write waits for that row's lock. So whoever would write locks the row first: `FOR UPDATE` gives its
 * newest version, which is what is shown, and nobody changes it any more before the write has looked at it.
 */
export function statements(table: string): Statements {
  const claimable =
    "r.version <= $2 AND r.payload_hash = $5 AND r.expires_at_ms > $4 AND " +
    "(r.state = 'RELEASED' OR (r.state = 'IN_PROGRESS' AND $8::boolean AND r.lease_until_ms <= $4))";

  // A record that refuses is only read: no lock, no write, no waiting for a transaction that holds it. Refused, the
  // claim counts as made at the statement's snapshot, where that record stood. With none there, or a claimable one,
  // another run may still come first: one whose row is not in the snapshot. Then neither claim nor record is shown,
  // and the next claim, with a new snapshot, finds that row. Released already, it could be taken at once, but not shown,
  // and its steps with it: so what is taken is what was locked. `steps = r.steps` changes nothing; a table without that
  // column is known by it before a run begins.
  const claim = `WITH refusing AS (
  SELECT r.* FROM ${table} AS r WHERE r.id = $1 AND NOT (${claimable})
), claimable AS (
  SELECT r.* FROM ${table} AS r WHERE r.id = $1 AND ${claimable} FOR UPDATE
), claimed AS (
  INSERT INTO ${table} AS r (id, version, state, owner, fence, lease_until_ms, expires_at_ms, at_ms, payload_hash)
  SELECT $1::text, $2::integer, 'IN_PROGRESS', $3::text,
    coalesce((SELECT fence FROM claimable), $4::bigint) + 1, $6::bigint, $7::bigint, $4::bigint, $5::text
  WHERE NOT EXISTS (SELECT FROM refusing)
  ON CONFLICT (id) DO UPDATE SET version = excluded.version, state = excluded.state, owner = excluded.owner,
    fence = r.fence + 1, lease_until_ms = excluded.lease_until_ms, expires_at_ms = excluded.expires_at_ms,
    at_ms = excluded.at_ms, payload_hash = excluded.payload_hash, result = NULL, steps = r.steps
  WHERE ${claimable} AND EXISTS (SELECT FROM claimable)
  RETURNING r.fence AS new_fence
)
SELECT claimed.new_fence, shown.* FROM (SELECT) AS one
LEFT JOIN claimed ON true
LEFT JOIN (SELECT * FROM refusing UNION ALL SELECT * FROM claimable) AS shown ON true`;

  const seen = `seen AS (SELECT r.* FROM ${table} AS r WHERE r.id = $1 FOR UPDATE)`;
  const outcome = "FROM (SELECT) AS one LEFT JOIN written ON true LEFT JOIN seen";
  // Only the record that refuses a write is shown: steps may be large, and are written one after the other.
  const refused = `${outcome} ON written.new_fence IS NULL`;
  const asSeen = "r.id = seen.id AND r.owner = $2 AND r.fence = $3 AND r.state = $4";

  const replace = `WITH ${seen}, written AS (
  UPDATE ${table} AS r SET version = $2, state = 'IN_PROGRESS', owner = $3, fence = r.fence + 1,
    lease_until_ms = $6, expires_at_ms = $7, at_ms = $4, payload_hash = $5, result = NULL, steps = NULL
  FROM seen WHERE r.id = seen.id AND r.version <= $2 AND r.expires_at_ms <= $4 AND r.fence = $8
  RETURNING r.fence AS new_fence
)
SELECT written.new_fence, seen.* ${outcome} ON true`;

  const change = (columns: string): string => `WITH ${seen}, written AS (
  UPDATE ${table} AS r SET state = coalesce($5, r.state), result = coalesce($6, r.result),
    lease_until_ms = coalesce($7, r.lease_until_ms), expires_at_ms = coalesce($8, r.expires_at_ms),
    at_ms = coalesce($9, r.at_ms), owner = coalesce($10, r.owner),
    steps = CASE WHEN coalesce($5, r.state) IN ('COMPLETED', 'COMPLETED_NO_RESULT', 'FAILED') THEN NULL
      WHEN $11::jsonb IS NULL THEN r.steps ELSE coalesce(r.steps, '{}') || $11::jsonb END
  FROM seen WHERE ${asSeen} AND ($7::bigint IS NULL OR r.lease_until_ms <= $7)
  RETURNING r.fence AS new_fence
)
SELECT written.new_fence, seen.*${columns} ${refused}`;
  const [changeAlone, changeInTransaction] = [change(""), change(`, ${LIMITS}`)];

  const [failsAlone, failsInTransaction] = [change(`, ${OR_FAIL}`), change(`, ${OR_FAIL}, ${LIMITS}`)];

  const remove = `WITH ${seen}, written AS (
  DELETE FROM ${table} AS r USING seen WHERE ${asSeen}
  RETURNING r.fence AS new_fence
)
SELECT written.new_fence, seen.* ${refused}`;

  const read = `SELECT r.* FROM (SELECT) AS one LEFT JOIN ${table} AS r ON r.id = $1`;

  // Whoever replaces one of them at this moment has locked it: it is skipped, and not waited for.
  const purge = `WITH expired AS (
  SELECT r.id FROM ${table} AS r WHERE r.expires_at_ms <= $1 ORDER BY r.expires_at_ms LIMIT $2
  FOR UPDATE SKIP LOCKED
), purged AS (
  DELETE FROM ${table} AS r USING expired WHERE r.id = expired.id RETURNING r.id
)
SELECT count(*) AS purged FROM purged`;

  function changed(
    [alone, inTransaction]: readonly [string, string],
    seen: Seen,
    {
      state,
      result,
      leaseUntilMs,
      expiresAtMs,
      atMs,
      owner,
      steps,
    }: RecordChange & { readonly owner?: string },
    limitMs: number | undefined,
  ): Statement {
    const times = [ceil(leaseUntilMs), ceil(expiresAtMs), floor(atMs)];
    const changes = [state, result, ...times, owner, jsonText(steps)];
    const values = [...identity(seen), ...changes.map((value) => value ?? null)];
    return limitMs === undefined
      ? { text: alone, values }
      : { text: inTransaction, values: [...values, Math.ceil(limitMs)] };
  }

  return {
    claim: (request) => ({ text: claim, values: [...columns(request), request.takesAbandoned] }),
    replace: (request, fence) => ({ text: replace, values: [...columns(request), fence] }),
    change: (seen, change, limitMs) => changed([changeAlone, changeInTransaction], seen, change, limitMs),
    changeOrFail: (lease, change, limitMs) =>
      changed([failsAlone, failsInTransaction], { ...lease, state: "IN_PROGRESS" }, change, limitMs),
    remove: (seen) => ({ text: remove, values: identity(seen) }),
    read: (id) => ({ text: read, values: [id] }),
    purge: (untilMs, limit) => ({ text: purge, values: [Math.floor(untilMs), limit] }),
  };
}

/** Of a transaction that sends nothing more, and of a statement that nobody waits for. */
const LIMITS = ["idle_in_transaction_session_timeout", "statement_timeout"]
  .map((setting) => limited(setting, "$12"))
  .join(", ");

/** A text that is no number, cast to one where nothing was written. It names the record, so it is no constant to be tried at once. */
const OR_FAIL =
  "CASE WHEN written.new_fence IS NULL " +
  "THEN ('holdfast: this run has lost its lease of ' || coalesce(seen.id, 'a key'))::integer END";

function columns(request: ClaimRequest): readonly unknown[] {
  const { id, version, owner, nowMs, payloadHash, leaseUntilMs, expiresAtMs } = request;
  return [
    id,
    version,
    owner,
    Math.floor(nowMs),
    payloadHash,
    Math.ceil(leaseUntilMs),
    Math.ceil(expiresAtMs),
  ];
}

function identity(seen: Seen): readonly unknown[] {
  return [seen.id, seen.owner, seen.fence, seen.state];
}

/** NULL where there is nothing to add, so that a heartbeat does not write large steps anew. */
function jsonText(steps: Steps = {}): string | undefined {
  return Object.keys(steps).length === 0 ? undefined : JSON.stringify(steps);
}

/** Times are whole milliseconds, rounded so that no lease and no record ends early. */
function ceil(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.ceil(ms);
}

function floor(ms: number | undefined): number | undefined {
  return ms === undefined ? undefined : Math.floor(ms);
}

/** Lowers a time limit for this transaction alone; one that is lower, and is not "none" (0), stays. */
function limited(setting: string, ms: string): string {
  const now = `current_setting('${setting}')::interval`;
  const isLower = `${now} > interval '0' AND ${now} <= ${ms}::bigint * interval '1 millisecond'`;
  return `CASE WHEN ${isLower} THEN NULL ELSE set_config('${setting}', ${ms}::bigint::text, true) END`;
}
