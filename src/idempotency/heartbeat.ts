import { type Call, deriveCall, refusal, runtimeOf, scopeOf } from "../core/call.ts";

/** Beats while a run goes on. */
export interface Heartbeat {
  /** Lets no beat begin, and waits for one that is on its way: it would collide with a transaction on the record. */
  pause(): Promise<void>;
  resume(): void;
  /** For good, and without waiting: a beat that arrives after the run's last write is refused like any late one. */
  stop(): void;
}

const AT_ONCE = Promise.resolve();

/** For runs whose lease lasts as long as they may. */
export const noHeartbeat: Heartbeat = { pause: () => AT_ONCE, resume() {}, stop() {} };

/**
 * Calls `beat` every so often while the call may go on; the next one is timed once the last has come back.
 *
 * The timer keeps no process alive. After a freeze it fires late, and by then the call refuses: its lease has ended.
 */
export function heartbeat(call: Call, everyMs: number, beat: (own: Call) => Promise<void>): Heartbeat {
  const runtime = runtimeOf(call);
  let goesOn = true;
  /** The beat that is on its way, and the call to abort it by. */
  let beating: { readonly own: Call; readonly done: Promise<void> } | undefined;
  let cancel = next();

  function next(): () => void {
    return runtime.setTimer(everyMs, () => {
      if (refusal(call) !== undefined) return;
      const own = deriveCall(call);
      const done = beat(own).then(() => {
        beating = undefined;
        if (goesOn) cancel = next();
      });
      beating = { own, done };
    });
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
      goesOn = true;
      cancel = next();
    },
    stop() {
      rest();
      if (beating !== undefined) scopeOf(beating.own).abort(undefined);
    },
  };
}
