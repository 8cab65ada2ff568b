import { InvalidOptionError } from "../../core/errors.ts";
import { CrashFoundError, notRepeatable } from "./errors.ts";
import type { CrashSchedule } from "./fault.ts";
import { withOneFaultMore, withTimersFirst } from "./next-schedules.ts";
import { checkedExploration, type ExploreCrashesOptions } from "./options.ts";
import { rendered } from "./render.ts";
import { type Run, runSchedule } from "./run-schedule.ts";
import type { SetUpWorld } from "./world.ts";

/** What was run, when the invariant held in all of it. */
export interface CrashReport {
  /** How many schedules ran; the one without a fault is among them. */
  readonly schedules: number;
  /** How many deliveries they had together. */
  readonly deliveries: number;
  /** False when `maxSchedules` cut it off: some schedules did not run. */
  readonly isComplete: boolean;
  /** The awaits of the first run, in order. What is not listed was not watched. */
  readonly awaits: readonly string[];
}

/**
 * Finds out whether an invariant holds, whatever await a handler dies at, once its event has been delivered again.
 *
 * First the event is delivered and nothing goes wrong. Then, for each await of that run and for each `CrashKind`, a fresh
 * world is set up, that goes wrong there, and the event is delivered again until a delivery settles. With
 * `maxFaults: 2` each of these runs is gone through in the same way for a second fault: some 800 runs for three awaits, in
 * half a second.
 *
 * Time is a manual clock, so nothing waits. What a handler awaits must be watched, or a timer of its process's
 * runtime; beside real I/O its timeouts would pass at once.
 *
 * @throws CrashFoundError `CRASH_FOUND`, with the shortest schedule that breaks the invariant: fewest faults, then
 * fewest steps, then earliest. `CRASH_NOT_REPEATABLE` when two runs of one schedule differ.
 *
 * @example
 * ```ts
 * const report = await exploreCrashes(() => {
 *   const records = memoryStore(); // outlives a process
 *   return {
 *     start({ watch, runtime }) {
 *       const options = { store: watch("store", records), operation: "store-order", key: (input: Order) => input.orderId };
 *       const post = idempotent(async (input: Order, call) => call.unit.transact([putOrder(input)], "stored"), options);
 *       return () => post(order, rootCall({ runtime, timeoutMs: 30_000 }));
 *     },
 *     check() {
 *       if (records.applied.length !== 1) throw new Error(`Stored ${records.applied.length} times.`);
 *     },
 *   };
 * });
 * console.log(`${report.schedules} schedules hold`);
 * ```
 */
export async function exploreCrashes(
  setUp: SetUpWorld,
  options: ExploreCrashesOptions = {},
): Promise<CrashReport> {
  const exploration = checkedExploration(options);
  const { maxSchedules, maxFaults, schedule: only } = exploration;
  let schedules = 0;
  let deliveries = 0;
  let awaits: readonly string[] = [];
  let isComplete = true;

  async function run(schedule: CrashSchedule): Promise<Run> {
    const done = await runSchedule(setUp, schedule, exploration);
    if (done.faultsLeft > 0) throw notRepeatable(schedule, done.faultsLeft, rendered(done.trace));
    if (schedules === 0) awaits = awaitsOf(done);
    schedules += 1;
    deliveries += done.deliveries;
    return done;
  }

  let level: CrashSchedule[] = [only ?? []];
  while (level.length > 0 && isComplete) {
    const next: CrashSchedule[] = [];
    const failures: Failure[] = [];
    let ran = 0;
    // The list grows while it is gone through.
    for (const schedule of level) {
      if (schedules === maxSchedules) {
        isComplete = false;
        break;
      }
      const done = await run(schedule);
      ran += 1;
      if (done.problem !== undefined) {
        failures.push({ schedule, run: done, error: done.problem.error });
      } else if (only === undefined) {
        if (schedule.length < maxFaults) next.push(...withOneFaultMore(schedule, done.trace, exploration));
        const variant = withTimersFirst(schedule, done.trace);
        if (variant !== undefined) level.push(variant);
      }
    }
    if (failures.length > 0) throw foundOf(failures, ran);
    level = next;
  }
  return { schedules, deliveries, isComplete, awaits };
}

interface Failure {
  readonly schedule: CrashSchedule;
  readonly run: Run;
  readonly error: unknown;
}

function foundOf(failures: readonly Failure[], ran: number): CrashFoundError {
  const { schedule, run, error } = failures.reduce((shortest, failure) =>
    failure.run.trace.length < shortest.run.trace.length ? failure : shortest,
  );
  return new CrashFoundError({
    schedule,
    steps: rendered(run.trace),
    cause: error,
    failed: failures.length,
    ran,
  });
}

function awaitsOf({ trace }: Run): readonly string[] {
  const awaits = trace.flatMap((step) => (step.kind === "await" ? [step.operation] : []));
  if (awaits.length > 0) return awaits;
  throw new InvalidOptionError(
    "exploreCrashes",
    "the handler awaited nothing that is watched, so there is nowhere to stop it; give it watch(name, store) for each store",
  );
}
