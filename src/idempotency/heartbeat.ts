import { type Call, deriveCall, refusal, runtimeOf, scopeOf } from "../core/call.ts";
import { within } from "../core/within.ts";

/** Beats while a run goes on. */
export interface Heartbeat {
  /** Lets no beat begin, and waits for one that is on its way: it would collide with a transaction on the record. */
  pause(): Promise<unknown>;
  resume(): void;
  /** For good, and without waiting: a beat that arrives after the run's last write is refused like any late one. */
  stop(): void;
}

const AT_ONCE = Promise.resolve();

/** For runs whose lease lasts as long as they may. */
export const noHeartbeat: Heartbeat = { pause: () => AT_ONCE, resume() {}, stop() {} };

/**
 * Calls `beat` every so often while the call may go on. Each has until the next is due: a reply that never comes must not
 * be the last word.
 *
 * The timer keeps no process alive. After a freeze it fires late, and by then the call refuses: its lease has ended.
 */
export function heartbeat(
  call: Call,
  everyMs: number,
  beat: (own: Call) => Promise<void>,
  failed: (error: unknown) => void,
): Heartbeat {
  const runtime = runtimeOf(call);
  let goesOn = true;
  /** The beat that is on its way, and the call to abort it by. */
  let beating: { readonly own: Call; readonly done: Promise<unknown> } | undefined;
  let cancel = next(everyMs);

  function next(afterMs: number): () => void {
    return runtime.setTimer(afterMs, () => {
      if (refusal(call) !== undefined) return;
      const dueMs = runtime.now() + everyMs;
      const own = deriveCall(call, { deadlineMs: dueMs });
      const done = within(own, dueMs, undefined, beat).catch(failed);
      beating = { own, done: done.then(() => again(dueMs)) };
    });
  }

  function again(dueMs: number): void {
    beating = undefined;
    if (goesOn) cancel = next(Math.max(0, dueMs - runtime.now()));
  }

  function rest(): void {
    goesOn = false;
    cancel();
  }

  return {
    pause() {
      rest();
      return beating?.done ?? AT_ONCE;
    },
    resume() {
      // A transaction that was refused before it was sent has paused nothing: a second timer would outlive the run.
      if (goesOn) return;
      goesOn = true;
      cancel = next(everyMs);
    },
    stop() {
      rest();
      if (beating !== undefined) scopeOf(beating.own).abort(undefined);
    },
  };
}
