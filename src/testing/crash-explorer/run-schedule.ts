import { HoldfastError } from "../../core/errors.ts";
import { type ManualRuntime, manualRuntime } from "../../core/runtime/manual-runtime.ts";
import { ANSWER, type CrashSchedule, faultsOf } from "./fault.ts";
import { type Process, startProcess } from "./process.ts";
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

/** AWS Lambda quotas: a function may run for 900 seconds. */
const HOST_LIMIT_MS = 900_000;

type Outcome =
  | { readonly how: "settled"; readonly answer: unknown }
  | { readonly how: "rejected"; readonly error: unknown };

/** A process, how it handles a delivery, until when its host lets it, and whether the host had to end it. */
interface Server {
  readonly process: Process;
  readonly handle: () => Promise<unknown>;
  untilMs: number;
  isEndedByHost: boolean;
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
  const processes: Process[] = [];
  const world = await setUp({ now: clock.now });
  let deliveries = 0;
  let last: Server | undefined;

  function startServer(): Server {
    const onTimer = (): void => {
      if (clock.now() > server.untilMs) endByHost(server);
    };
    const number = processes.length + 1;
    const process = startProcess({ number, clock, faults, trace, lostError, onTimer });
    processes.push(process);
    const handle = world.start(process);
    const server: Server = { process, handle, untilMs: Number.POSITIVE_INFINITY, isEndedByHost: false };
    return server;
  }

  /** True when it settled, and its source heard so. */
  async function deliver(afterMs: number): Promise<boolean> {
    deliveries += 1;
    const delivery = deliveries;
    await clock.advance(afterMs);
    const warm = last?.process.life.state === "awake" ? last : undefined;
    const server = warm ?? startServer();
    trace.push({ kind: "delivered", delivery, afterMs, isNewProcess: warm === undefined });
    server.process.begin(delivery);
    server.untilMs = clock.now() + HOST_LIMIT_MS;
    const outcome = await followed(server, outcomeOf(server.handle), delivery);
    server.untilMs = Number.POSITIVE_INFINITY;
    last = server;
    return noteEnd(delivery, server, outcome);
  }

  /** Follows a delivery to its end: undefined when its process stopped first. */
  async function followed(
    server: Server,
    running: Promise<Outcome>,
    delivery: number,
  ): Promise<Outcome | undefined> {
    const { life } = server.process;
    for (;;) {
      const outcome = await nextOf(clock, running, server);
      if (life.state === "stopped") return undefined;
      const fault = life.state === "asleep" ? server.process.asleepBy : undefined;
      if (fault === undefined) return outcome;
      const { asleepMs = redeliverAfterMs } = fault;
      if (deliveries < maxDeliveries) await deliver(asleepMs);
      else await clock.advance(asleepMs);
      server.untilMs = clock.now() + HOST_LIMIT_MS;
      trace.push({ kind: "awoke", delivery, fault, overdueTimers: life.overdueTimers });
      await life.wake(fault.wakes === "timers-first");
    }
  }

  function noteEnd(delivery: number, server: Server, outcome: Outcome | undefined): boolean {
    const at = server.process.awaits + 1;
    const step = { kind: "ended", delivery, await: at, fault: undefined } as const;
    if (outcome === undefined) {
      ends.push({ delivery, how: "stopped" });
      trace.push({ ...step, how: server.isEndedByHost ? "stopped by host" : "stopped" });
      return false;
    }
    ends.push({ delivery, ...outcome });
    if (outcome.how === "rejected") {
      trace.push({ ...step, how: failureOf(outcome.error) });
      return false;
    }
    const fault = faults.take(delivery, at, ANSWER);
    trace.push({ ...step, how: "settled", fault });
    return fault === undefined;
  }

  let isDone = false;
  while (!isDone && deliveries < maxDeliveries) {
    const { left } = faults;
    const settled = await deliver(deliveries === 0 ? 0 : redeliverAfterMs);
    isDone = settled && faults.left === left;
  }
  for (const { life } of processes) life.stop();
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
    const outcome = await clock.run(Promise.race([halted, running]));
    // What the run has left behind goes on as far as it can without time.
    await clock.advance(0);
    return outcome;
  } catch {
    // No reply and no timer is to come, or a timer threw: either way the process is at its end.
    endByHost(server);
    return undefined;
  }
}

function endByHost(server: Server): void {
  server.isEndedByHost = true;
  server.process.life.stop();
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

function neverSettled(deliveries: number, ends: readonly DeliveryEnd[]): HoldfastError {
  const last = ends.at(-1);
  return new HoldfastError(
    "CRASH_NEVER_SETTLED",
    `The event was delivered ${deliveries} times, and no delivery after the last fault settled. ` +
      "A source gives up in the end: its event is lost, or what it held stays held.",
    { cause: last?.how === "rejected" ? last.error : undefined },
  );
}
