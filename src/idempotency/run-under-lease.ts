import { type Call, deriveCall, refusal, report, scopeOf } from "../core/call.ts";
import type { Fn } from "../core/fn.ts";
import { settled } from "../core/wrap.ts";
import type { Endings, Outcome } from "./endings.ts";
import { IdempotencyLeaseLostError } from "./errors.ts";
import { type Heartbeat, heartbeat, noHeartbeat } from "./heartbeat.ts";
import type { Beat } from "./lease-times.ts";
import { openUnit, type Recorded } from "./open-unit.ts";
import type { IdempotencyStore, Lease } from "./store.ts";
import type { WithUnit } from "./unit.ts";

/** What a run is told of its lease, and of its end. */
export interface Running {
  readonly operation: string;
  readonly store: Pick<IdempotencyStore, "write">;
  readonly ends: Endings;
  readonly lease: Lease;
  readonly leaseUntilMs: number;
  /** Absent for a lease that lasts as long as the call may. */
  readonly beat: Beat | undefined;
}

/** Runs the function while its lease lasts, and writes how it ended. */
export async function runUnderLease<I, R, C extends Call>(
  fn: Fn<I, R, C & WithUnit>,
  input: I,
  call: C,
  running: Running,
): Promise<{ readonly result: R; readonly outcome: Outcome }> {
  const { operation, ends, lease, leaseUntilMs, beat } = running;
  const lost = (): unknown => new IdempotencyLeaseLostError(operation);
  const inner = deriveCall(call, {
    deadlineMs: leaseUntilMs,
    overdue: lost,
    extensible: beat !== undefined,
  });
  const beats = beating(inner, running, lost);
  const { unit, recorded } = openUnit(lease, inner, operation, ends, beats);

  async function failed(error: unknown): Promise<never> {
    const transacted = await recorded().catch(() => undefined);
    beats.stop();
    if (transacted === undefined) await ends.fail(lease, error, call);
    throw error;
  }

  try {
    let result: R;
    let transacted: Recorded | undefined;
    try {
      // The claim's reply may have come after the lease had ended: asleep meanwhile, for one. Then nothing runs.
      const refused = refusal(inner);
      if (refused !== undefined) throw refused;
      result = await settled(fn, input, Object.assign(inner, { unit }));
      transacted = await recorded();
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

/** Keeps the lease up while the run goes on; when another has taken the key, the call is over. */
function beating(call: Call, running: Running, lost: () => unknown): Heartbeat {
  const { store, lease, operation, beat } = running;
  if (beat === undefined) return noHeartbeat;
  return heartbeat(call, beat.everyMs, async (own) => {
    const change = beat.change();
    try {
      const answer = await store.write(lease, change, own);
      if (answer.written) scopeOf(call).extend(change.leaseUntilMs);
      else scopeOf(call).abort(lost());
    } catch (error) {
      report(call, {
        type: "idempotency.heartbeat-failed",
        operation,
        id: lease.id,
        fence: lease.fence,
        error,
      });
    }
  });
}
