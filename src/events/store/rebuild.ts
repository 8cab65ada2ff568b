import { type Call, entered } from "../../core/call.ts";
import { checkNumber, InvalidOptionError } from "../../core/errors.ts";
import { checkOptions, checkRequiredOptions } from "../../core/options.ts";
import { checkStream } from "./appending.ts";
import { readStream } from "./read-stream.ts";
import type { Snapshot, Snapshots } from "./snapshots.ts";
import type { StoredEvent } from "./stored-event.ts";
import type { StreamStorage } from "./stream-storage.ts";

export interface RebuildOptions<S> {
  /** The state of a stream without events. */
  readonly initial: S;
  /** The state after one more event: a new one, made of these two alone. What does not concern it returns the state as it was. */
  readonly apply: (state: S, event: StoredEvent) => S;
  /**
   * As of a version, or of a time: the longest prefix of the stream of which all was recorded up to then. Writers' clocks differ, so
   * an event that was appended later may say an earlier time; a state that never was is not shown for it. Default: now.
   */
  readonly asOf?: { readonly version: number } | { readonly time: Date };
  /** Where states are kept, so that only the newest events need to be read. Default: nowhere. */
  readonly snapshots?: Snapshots;
}

export interface Rebuilt<S> {
  readonly state: S;
  /** How many events it is made of, which is what an append expects; 0: the stream has none, or had none then. */
  readonly version: number;
}

/** Folds a stream into a state. A snapshot is a beginning that is taken only if the event that it was made after lies in the stream. */
export async function rebuildStream<S>(
  storage: StreamStorage,
  stream: string,
  options: RebuildOptions<S>,
  given: Call,
): Promise<Rebuilt<S>> {
  const where = "eventStore.rebuild";
  const call = entered(given);
  checkStream(where, stream);
  checkRequiredOptions(where, options, ["initial", "apply", "asOf", "snapshots"]);
  const { initial, apply, snapshots } = options;
  if (typeof apply !== "function") throw new InvalidOptionError(where, "apply must be a function");
  const { toVersion, untilMs } = boundsOf(where, options.asOf);

  const lastVersion = snapshots === undefined ? 0 : await storage.lastVersion(stream, call);
  const reachable = Math.min(toVersion, lastVersion);
  const start = await snapshots?.latest(stream, reachable, untilMs, call);
  const keepAt = snapshots?.keptVersion(reachable);

  /** Undefined when the snapshot is of another stream of this name: a table that was restored, or made anew. */
  async function foldFrom(snapshot: Snapshot | undefined): Promise<Folded<S> | undefined> {
    let state = snapshot === undefined ? initial : (snapshot.state as S);
    let version = 0;
    let recordedUntilMs = snapshot?.recordedUntilMs ?? Number.NEGATIVE_INFINITY;
    let toKeep: Snapshot | undefined;
    for await (const event of readStream(
      storage,
      stream,
      { from: snapshot?.version ?? 1, to: toVersion },
      call,
    )) {
      if (event.version === snapshot?.version) {
        if (event.id !== snapshot.lastId) return undefined;
        version = snapshot.version;
        continue;
      }
      const recordedMs = Date.parse(event.recordedAt);
      if (recordedMs > untilMs) break;
      state = apply(state, event);
      if (state instanceof Promise)
        throw new InvalidOptionError(where, "apply must return the state, not a promise");
      version = event.version;
      recordedUntilMs = Math.max(recordedUntilMs, recordedMs);
      if (version === keepAt)
        toKeep = snapshots?.snapshotOf({ version, lastId: event.id, recordedUntilMs, state });
    }
    return snapshot !== undefined && version === 0 ? undefined : { state, version, toKeep };
  }

  const folded = (await foldFrom(start)) ?? (await foldFrom(undefined));
  if (folded === undefined) return { state: initial, version: 0 };
  if (folded.toKeep !== undefined) await snapshots?.keep(stream, folded.toKeep, call);
  return { state: folded.state, version: folded.version };
}

interface Folded<S> extends Rebuilt<S> {
  readonly toKeep: Snapshot | undefined;
}

function boundsOf(
  where: string,
  asOf: RebuildOptions<unknown>["asOf"],
): { readonly toVersion: number; readonly untilMs: number } {
  if (asOf === undefined) return { toVersion: Number.MAX_SAFE_INTEGER, untilMs: Number.POSITIVE_INFINITY };
  checkOptions(`${where}: asOf`, asOf, ["version", "time"]);
  const { version, time }: { readonly version?: number; readonly time?: Date } = asOf;
  if (version !== undefined && time === undefined) {
    checkNumber(where, "asOf.version", version, { min: 0, integer: true });
    return { toVersion: version, untilMs: Number.POSITIVE_INFINITY };
  }
  if (version !== undefined || !(time instanceof Date) || Number.isNaN(time.getTime())) {
    throw new InvalidOptionError(where, "asOf must be { version } or { time: Date }");
  }
  return { toVersion: Number.MAX_SAFE_INTEGER, untilMs: time.getTime() };
}
