import { type Call, report, runtimeOf } from "../../core/call.ts";
import { checkNumber, InvalidOptionError } from "../../core/errors.ts";
import { checkRequiredOptions } from "../../core/options.ts";
import { within } from "../../core/within.ts";
import { decodeResult, encodeResult } from "../../idempotency/codec.ts";
import type { ObjectStore } from "../../object-store/object-store.ts";
import { packed, unpacked } from "./snapshot-format.ts";

/** A state, and where in the stream it was one. */
export interface Snapshot {
  readonly version: number;
  /** The id of the event of that version. */
  readonly lastId: string;
  /** When the latest of its events was recorded, which need not be the last one. */
  readonly recordedUntilMs: number;
  readonly state: unknown;
}

/** Where states of streams are kept, by one reducer. Nothing depends on it: what is missing or damaged is rebuilt. */
export interface Snapshots {
  /** The nearest one at or below a version, of events recorded until a time. Never rejects while the call goes on. */
  latest(stream: string, version: number, untilMs: number, call: Call): Promise<Snapshot | undefined>;
  /** The version at or below this one whose state is kept; 0: none. */
  keptVersion(version: number): number;
  /** As the state is at this moment. */
  snapshotOf(snapshot: Snapshot): Snapshot;
  keep(stream: string, snapshot: Snapshot, call: Call): Promise<void>;
}

export interface SnapshotsOptions {
  /** `s3ObjectStore` or `memoryObjectStore` of `holdfast/object-store`. */
  readonly objectStore: ObjectStore;
  /** The reducer's name, of letters, digits and `_-.`: `order-state`. */
  readonly name: string;
  /** The reducer's version. Count it up when `apply`, `initial` or the state's form change: older states are not looked at. */
  readonly version: number;
  /** A state is kept each so many events. Default: 100. */
  readonly every?: number;
  /** How long one request to the object store may hold up a rebuild, in milliseconds. Default: 1,000. */
  readonly timeoutMs?: number;
}

const WHERE = "snapshots";

/**
 * Keeps states of streams in an object store, so that a rebuild reads the newest events alone.
 *
 * A key names reducer, its version, stream and stream version, so it is written once and never changed. The rebuild that passes a
 * version that is kept writes it. What is missing, damaged, of a newer format or of another history than the stream's is left aside
 * and the state is rebuilt from events; so is a state that is no plain data, or an object store that does not answer, which are reported as the fact
 * `events.snapshot-failed`. States may hold what results of `idempotent` may: also Dates, Maps, Sets.
 *
 * @example
 * ```ts
 * const objectStore = s3ObjectStore({ transport: s3Transport(new S3Client({})), bucket: "order-snapshots" });
 * const states = snapshots({ objectStore, name: "order-state", version: 1 });
 * ```
 */
export function snapshots(options: SnapshotsOptions): Snapshots {
  checkRequiredOptions(WHERE, options, ["objectStore", "name", "version", "every", "timeoutMs"]);
  const { objectStore, name, version: reducer, every = 100, timeoutMs = 1_000 } = options;
  if (typeof objectStore?.get !== "function" || typeof objectStore.put !== "function") {
    throw new InvalidOptionError(WHERE, "objectStore must be an object store, such as s3ObjectStore(…)");
  }
  if (typeof name !== "string" || !/^[\w.-]{1,100}$/.test(name)) {
    throw new InvalidOptionError(WHERE, "name must be 1 to 100 letters, digits and _-.");
  }
  checkNumber(WHERE, "version", reducer, { min: 1, integer: true });
  checkNumber(WHERE, "every", every, { min: 1, integer: true });
  checkNumber(WHERE, "timeoutMs", timeoutMs, { min: 1 });

  function keyOf(stream: string, version: number): string {
    const hashed = process.getBuiltinModule("node:crypto").hash("sha256", stream);
    return `${name}/v${reducer}/${hashed}/${version}`;
  }

  /** The object store may fail, and take its time, without the rebuild failing: only the call's own end is thrown on. */
  async function anyway<T>(call: Call, ask: (inner: Call) => Promise<T>): Promise<T | undefined> {
    try {
      return await within(call, Math.min(call.deadlineMs, runtimeOf(call).now() + timeoutMs), undefined, ask);
    } catch (error) {
      report(call, { type: "events.snapshot-failed", name, error });
      return undefined;
    }
  }

  async function read(stream: string, version: number, call: Call): Promise<Snapshot | undefined> {
    const bytes = await anyway(call, (inner) => objectStore.get(keyOf(stream, version), inner));
    const text = bytes && unpacked(bytes);
    if (text === undefined) return undefined;
    const { about, state } = text;
    const isThat = about.name === name && about.reducer === reducer && about.stream === stream;
    if (!isThat || about.version !== version) return undefined;
    try {
      return {
        version,
        lastId: about.lastId,
        recordedUntilMs: about.recordedUntilMs,
        state: decodeResult(state),
      };
    } catch {
      return undefined;
    }
  }

  const keptVersion = (version: number): number => version - (version % every);

  return {
    keptVersion,
    snapshotOf: ({ state, ...about }) => ({ ...about, state: encodeResult(state) }),
    async latest(stream, version, untilMs, call) {
      for (const candidate of candidates(keptVersion(version), every)) {
        const found = await read(stream, candidate, call);
        if (found !== undefined && found.recordedUntilMs <= untilMs) return found;
      }
      return undefined;
    },
    async keep(stream, { version, lastId, recordedUntilMs, state }, call) {
      if (typeof state !== "string") {
        const error = new InvalidOptionError(WHERE, "the state is no plain data, so it was not kept");
        report(call, { type: "events.snapshot-failed", name, error });
        return;
      }
      const bytes = packed({ name, reducer, stream, version, lastId, recordedUntilMs }, state);
      await anyway(call, (inner) => objectStore.put(keyOf(stream, version), bytes, inner));
    },
  };
}

/** The nearest three, for one may not have been written; then ever farther ones, for those may be too new. */
function* candidates(top: number, every: number): Generator<number, void, void> {
  let nearest = top;
  for (let looked = 0; looked < 3 && nearest > 0; looked += 1, nearest -= every) yield nearest;
  for (let far = nearest; far > 0; far = Math.floor(far / every / 2) * every) yield far;
}
