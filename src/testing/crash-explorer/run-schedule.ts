import { type ManualRuntime, manualRuntime } from "../../core/runtime/manual-runtime.ts";
import { neverSettled } from "./errors.ts";
import { ANSWER, type CrashFault, type CrashSchedule, faultsOf } from "./fault.ts";
import { type Server, startServer } from "./server.ts";
import { failureOf, type TraceStep } from "./trace.ts";
import type { DeliveryEnd, SetUpWorld } from "./world.ts";

export interface RunSettings {
  readonly redeliverAfterMs: number;
  readonly maxDeliveries: number;
  readonly mustSettle: boolean;
  readonly lostError: (operation: string) => unknown;
}

/** What a schedule came to. */
export interface Run {
  readonly trace: readonly TraceStep[];
  readonly deliveries: number;
  /** Why it failed: the invariant's own error, or that no delivery settled. */
  readonly problem: { readonly error: unknown } | undefined;
  /** Faults whose place was never reached. */
  readonly faultsLeft: number;
  /** Timers on the clock when everything has ended: 0. */
  readonly pendingTimers: number;
}

type Outcome =
  | { readonly how: "settled"; readonly answer: unknown }
  | { readonly how: "rejected"; readonly error: unknown };

/** A delivery that is being handled. */
interface Handling {
  readonly delivery: number;
  readonly server: Server;
  readonly outcome: Promise<Outcome>;
  /** Whether it settled and its source heard so; known once it has ended. */
  settled?: boolean;
}

/**
 * Runs one schedule on a fresh world.
 *
 * The event is delivered, and again until a delivery settles that began after everything else had ended and that no
 * fault met. It goes to the process whose delivery ended last, so rather to one that has just slept than to one that
 * knows better; and to a new one when that has stopped or sleeps.
 */
export async function runSchedule(
  setUp: SetUpWorld,
  schedule: CrashSchedule,
  settings: RunSettings,
): Promise<Run> {
  const { redeliverAfterMs, maxDeliveries, mustSettle, lostError } = settings;
  const clock = manualRuntime();
  const faults = faultsOf(schedule);
  const trace: TraceStep[] = [];
  const ends: DeliveryEnd[] = [];
  const servers: Server[] = [];
  /** The last to fall asleep is the last. */
  const sleepers: Handling[] = [];
  const world = await setUp({ now: clock.now });
  let deliveries = 0;
  let last: Server | undefined;

  function newServer(): Server {
    const number = servers.length + 1;
    const server = startServer({ number, world, clock, faults, trace, lostError });
    servers.push(server);
    return server;
  }

  /** Delivers the event and sees to its end. True when it settled, and its source heard so. */
  async function deliver(afterMs: number): Promise<boolean> {
    deliveries += 1;
    const delivery = deliveries;
    await clock.advance(afterMs);
    const warm = last?.process.life.state === "awake" ? last : undefined;
    const server = warm ?? newServer();
    trace.push({ kind: "delivered", delivery, afterMs, isNewProcess: warm === undefined });
    server.process.begin(delivery);
    server.beginTime();
    const handling: Handling = { delivery, server, outcome: outcomeOf(() => server.handle(delivery)) };
    await follow(handling);
    return handling.settled === true;
  }

  async function follow(handling: Handling): Promise<void> {
    const { server, outcome } = handling;
    const { process } = server;
    for (;;) {
      const ended = await nextOf(clock, outcome, server);
      const fault = process.life.state === "asleep" ? process.asleepBy : undefined;
      if (fault === undefined) {
        noteEnd(handling, process.life.state === "stopped" ? undefined : ended);
        return;
      }
      sleepers.push(handling);
      await meanwhile(fault, sleepers.at(-2));
      // The run that slept after this one may have let it go on first, and then it has ended.
      if (handling.settled !== undefined) return;
      await wake(handling, fault);
    }
  }

  /** What happens while a process sleeps: the run that fell asleep before it goes on, or the event comes again. */
  async function meanwhile(fault: CrashFault, older: Handling | undefined): Promise<void> {
    const { asleepMs = redeliverAfterMs } = fault;
    if (fault.meanwhile !== "older" && deliveries < maxDeliveries) {
      await deliver(asleepMs);
      return;
    }
    await clock.advance(asleepMs);
    const olderFault = older?.server.process.asleepBy;
    if (fault.meanwhile !== "older" || older === undefined || olderFault === undefined) return;
    await wake(older, olderFault);
    await follow(older);
  }

  async function wake(handling: Handling, fault: CrashFault): Promise<void> {
    const { delivery, server } = handling;
    const { life } = server.process;
    sleepers.splice(sleepers.indexOf(handling), 1);
    server.beginTime();
    trace.push({ kind: "awoke", delivery, fault, overdueTimers: life.overdueTimers });
    await life.wake(fault.wakes === "timers-first");
  }

  function noteEnd(handling: Handling, outcome: Outcome | undefined): void {
    const { delivery, server } = handling;
    server.endTime();
    last = server;
    const at = server.process.awaits + 1;
    const step = { kind: "ended", delivery, await: at, fault: undefined } as const;
    handling.settled = false;
    if (outcome === undefined) {
      ends.push({ delivery, how: "stopped" });
      trace.push({ ...step, how: server.endedBy ?? "stopped" });
      return;
    }
    ends.push({ delivery, ...outcome });
    if (outcome.how === "rejected") {
      trace.push({ ...step, how: { failed: failureOf(outcome.error) } });
      return;
    }
    const fault = faults.take(delivery, at, ANSWER);
    trace.push({ ...step, how: "settled", fault });
    handling.settled = fault === undefined;
  }

  let isDone = false;
  while (!isDone && deliveries < maxDeliveries) {
    const { left } = faults;
    const settled = await deliver(deliveries === 0 ? 0 : redeliverAfterMs);
    isDone = settled && faults.left === left;
  }
  for (const { process } of servers) process.life.stop();
  const broken = await problemOf(() => world.check(ends));
  const problem = broken ?? (isDone || !mustSettle ? undefined : { error: neverSettled(deliveries, ends) });
  return { trace, deliveries, problem, faultsLeft: faults.left, pendingTimers: clock.pendingTimers };
}

/** Lets time pass until the run settles, or its process has stopped or sleeps. */
async function nextOf(
  clock: ManualRuntime,
  running: Promise<Outcome>,
  server: Server,
): Promise<Outcome | undefined> {
  const halted = server.process.life.halted().then(() => undefined);
  try {
    return await clock.run(Promise.race([halted, running]));
  } catch {
    server.end("stuck");
    return undefined;
  }
}

function outcomeOf(handle: () => Promise<unknown>): Promise<Outcome> {
  const running = new Promise((resolve) => {
    resolve(handle());
  });
  return running.then(
    (answer): Outcome => ({ how: "settled", answer }),
    (error: unknown): Outcome => ({ how: "rejected", error }),
  );
}

async function problemOf(check: () => void | Promise<void>): Promise<Run["problem"]> {
  try {
    await check();
    return undefined;
  } catch (error) {
    return { error };
  }
}
