import type { ManualRuntime } from "../../core/runtime/manual-runtime.ts";
import { seededRandom } from "../../core/runtime/seeded-random.ts";
import type { CrashFault, FaultsToCome } from "./fault.ts";
import { type Life, newLife } from "./life.ts";
import { type AwaitStep, failureOf, replyOf, type TraceStep } from "./trace.ts";
import { watched } from "./watched.ts";
import type { CrashProcess } from "./world.ts";

/** A process that handles deliveries, one after the other, and can be stopped or put to sleep at its awaits. */
export interface Process extends CrashProcess {
  readonly life: Life;
  /** From here on its awaits are those of this delivery. */
  begin(delivery: number): void;
  /** How many awaits the delivery has had. */
  readonly awaits: number;
  /** The fault it sleeps by. */
  readonly asleepBy: CrashFault | undefined;
}

export interface ProcessSettings {
  readonly number: number;
  readonly clock: ManualRuntime;
  readonly faults: FaultsToCome;
  readonly trace: TraceStep[];
  /** What the caller sees of a lost connection. */
  readonly lostError: (operation: string) => unknown;
  /** Calls a timer whose time has come, if the process's host lets it. */
  readonly fire: (timer: () => void) => void;
}

type Send = () => unknown;

export function startProcess(settings: ProcessSettings): Process {
  const { number, clock, faults, trace, lostError, fire } = settings;
  const life = newLife(clock);
  let delivery = 0;
  let awaits = 0;
  let asleepBy: CrashFault | undefined;
  let ids = 0;

  function reached(operation: string, at: number, fault?: CrashFault): AwaitStep {
    const step: AwaitStep = { kind: "await", delivery, await: at, operation, fault, reply: undefined };
    trace.push(step);
    return step;
  }

  /** The process's end of an exchange; `arrive` decides what comes of the reply. */
  function exchange(
    step: AwaitStep,
    sending: Promise<unknown>,
    arrive: (reply: () => void, fail: (error: unknown) => void) => void = life.whenAwake,
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      sending.then(
        (value) => {
          step.reply = replyOf(value);
          arrive(() => resolve(value), reject);
        },
        (error: unknown) => {
          step.reply = `failed: ${failureOf(error)}`;
          arrive(() => reject(error), reject);
        },
      );
    });
  }

  function fallAsleep(fault: CrashFault, step: AwaitStep, onWaking: () => void): void {
    asleepBy = fault;
    life.sleep();
    life.whenAwake(() => {
      trace.push({ kind: "resumed", of: step, sentNow: fault.do === "sleep-before" });
      onWaking();
    });
  }

  function meet(fault: CrashFault, operation: string, send: Send): Promise<unknown> {
    const step = reached(operation, fault.await, fault);
    switch (fault.do) {
      case "stop-before":
        life.stop();
        return new Promise(() => {});
      case "stop-after":
        return exchange(step, sent(send), () => life.whenAwake(() => life.stop()));
      case "lose-request":
        return Promise.reject(lostError(operation));
      case "lose-reply":
        return exchange(step, sent(send), (_, fail) => life.whenAwake(() => fail(lostError(operation))));
      case "sleep-before":
        return new Promise((resolve) => fallAsleep(fault, step, () => resolve(exchange(step, sent(send)))));
      case "sleep-after":
        return exchange(step, sent(send), (reply) => life.whenAwake(() => fallAsleep(fault, step, reply)));
    }
  }

  /** Calls a watched operation. Only one that returns a Promise is an await, which is known once it was called. */
  function perform(operation: string, send: Send): unknown {
    if (life.state !== "awake") {
      return new Promise((resolve, reject) =>
        life.whenAwake(() => sent(() => perform(operation, send)).then(resolve, reject)),
      );
    }
    const at = awaits + 1;
    const fault = faults.take(delivery, at, operation);
    awaits = at;
    if (fault !== undefined) return meet(fault, operation, send);
    let sending: unknown;
    try {
      sending = send();
    } finally {
      if (!(sending instanceof Promise) && awaits === at) awaits -= 1;
    }
    return sending instanceof Promise ? exchange(reached(operation, at), sending) : sending;
  }

  return {
    life,
    begin(next) {
      delivery = next;
      awaits = 0;
    },
    get awaits() {
      return awaits;
    },
    get asleepBy() {
      return asleepBy;
    },
    watch: (name, target) => watched(name, target, perform),
    runtime: {
      now: clock.now,
      random: seededRandom(number),
      newId() {
        ids += 1;
        return `process-${number}-id-${ids}`;
      },
      setTimer: (delayMs, fn) => life.setTimer(delayMs, () => fire(fn)),
    },
  };
}

/**
 * A call that throws is one that fails. Its promise is handed on as it is: another one round it would take turns of its
 * own, and change which of two replies comes first.
 */
function sent(send: Send): Promise<unknown> {
  try {
    const sending = send();
    return sending instanceof Promise ? sending : Promise.resolve(sending);
  } catch (error) {
    return Promise.reject(error);
  }
}
