import { type Call, deriveCall, refusal, report, scopeOf } from "../core/call.ts";
import type { Fn } from "../core/fn.ts";
import { settled } from "../core/wrap.ts";
import { afterwards } from "./afterwards.ts";
import type { AfterError, Endings, Outcome } from "./endings.ts";
import { IdempotencyLeaseLostError, IdempotencyStoreError, stepsUnknown } from "./errors.ts";
import { type Heartbeat, heartbeat, noHeartbeat } from "./heartbeat.ts";
import type { Beat } from "./lease-times.ts";
import { openUnit, type Recorded } from "./open-unit.ts";
import type { IdempotencyRecord, Steps } from "./record.ts";
import type { ResultKeeper } from "./results/keeper.ts";
import type { IdempotencyStore, Lease } from "./store.ts";
import type { WithUnit } from "./unit.ts";
import type { Extended, UnitExtension, Verdict } from "./unit-extension.ts";

/** What a run is told of its lease, and of its end. */
export interface Running {
  readonly operation: string;
  readonly store: Pick<IdempotencyStore, "name" | "hint" | "write">;
  readonly results: ResultKeeper;
  readonly ends: Endings;
  readonly onError: ((error: unknown) => AfterError) | undefined;
  readonly extension: UnitExtension | undefined;
  readonly lease: Lease;
  readonly leaseUntilMs: number;
  /** Absent for a lease that lasts as long as the call may. */
  readonly beat: Beat | undefined;
  /** What earlier runs have finished. */
  readonly steps: Steps | undefined;
}

/** Runs the function while its lease lasts, and writes how it ended. */
export async function runUnderLease<I, R, C extends Call>(
  fn: Fn<I, R, C & WithUnit>,
  input: I,
  call: C,
  running: Running,
): Promise<{ readonly result: R; readonly outcome: Outcome }> {
  const { operation, ends, lease, leaseUntilMs, steps } = running;
  const lost = (): unknown => new IdempotencyLeaseLostError(operation);
  const isExtendable = running.beat !== undefined;
  const inner = deriveCall(call, { deadlineMs: leaseUntilMs, overdue: lost, isExtendable });
  const beats = beating(inner, running, lost);
  const extend = (isOpen: () => boolean): Extended | undefined => extended(inner, running, lost, isOpen);
  const {
    unit,
    extended: more,
    recorded,
    isUnknown,
  } = openUnit(lease, inner, operation, ends, beats, extend);

  let hasBegun = false;

  async function failed(error: unknown): Promise<never> {
    const transacted = await recorded().catch(() => undefined);
    if (transacted !== undefined) {
      beats.stop();
      throw error;
    }
    let verdict: Verdict = hasBegun ? { error } : { error, after: "release" };
    if (hasBegun && more !== undefined) verdict = await more.fail(error, isUnknown());
    beats.stop();
    await ends.fail(lease, verdict, call);
    throw verdict.error;
  }

  try {
    let result: R;
    let transacted: Recorded | undefined;
    try {
      // The claim's reply may have come after the lease had ended: asleep meanwhile, for one. Then nothing runs.
      const refused = refusal(inner);
      if (refused !== undefined) throw refused;
      if (more === undefined && steps !== undefined) throw stepsUnknown(operation, Object.keys(steps));
      hasBegun = true;
      result = await settled(fn, input, Object.assign(inner, { unit }));
      transacted = await recorded();
      if (transacted === undefined && more !== undefined) await more.finish();
    } catch (error) {
      return await failed(error);
    }
    // Repeats are given what was recorded, so the first answer is the same.
    if (transacted !== undefined) return { result: transacted.result as R, outcome: transacted.outcome };
    beats.stop();
    return { result, outcome: await ends.complete(lease, result, call) };
  } finally {
    // What the function left running must not start anything new: the key is no longer held.
    scopeOf(inner).end();
  }
}

function extended(
  call: Call,
  running: Running,
  lost: () => unknown,
  isOpen: () => boolean,
): Extended | undefined {
  const { extension, operation, store, lease, results, steps = {}, onError } = running;
  return extension?.open({
    operation,
    lease,
    call,
    results,
    steps,
    isOpen,
    onError,
    // On a call of its own: what is done is to be kept also when the time has just run out.
    async record(done) {
      const answer = await afterwards(call, (late) => store.write(lease, { steps: done }, late)).catch(
        (cause: unknown) => {
          throw new IdempotencyStoreError(store, "record a step in", cause);
        },
      );
      if (answer.written) return;
      const error = lost();
      scopeOf(call).abort(error);
      throw error;
    },
  });
}

/** A beat that arrives after a later one is refused, by the record that the later one left. */
function isHeld(found: IdempotencyRecord | undefined, { owner, fence }: Lease): boolean {
  return found?.state === "IN_PROGRESS" && found.owner === owner && found.fence === fence;
}

/** Keeps the lease up while the run goes on; when another has taken the key, the call is over. */
function beating(call: Call, running: Running, lost: () => unknown): Heartbeat {
  const { store, lease, operation, beat } = running;
  if (beat === undefined) return noHeartbeat;
  const { id, fence } = lease;
  return heartbeat(
    call,
    beat.everyMs,
    async (own) => {
      const change = beat.change();
      const answer = await store.write(lease, change, own);
      if (answer.written) scopeOf(call).extend(change.leaseUntilMs);
      else if (!isHeld(answer.found, lease)) scopeOf(call).abort(lost());
    },
    (error) => report(call, { type: "idempotency.heartbeat-failed", operation, id, fence, error }),
  );
}
