import { rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cloud, startCloud } from "../cloud.ts";
import { faultDecisions } from "../faults/decide.ts";
import type { FaultPlan } from "../faults/plan.ts";
import { seededRandom } from "../seeded-random.ts";
import { KILL_SWITCHES } from "./arguments.ts";
import type { AppReport } from "./report.ts";
import type { Scenario } from "./scenario.ts";
import type { Screen } from "./screen.ts";
import { startTally, type Tally } from "./tally.ts";

export interface RunAppOptions {
  readonly seed: number;
  readonly without: readonly string[];
  /** Instead of the scenario's own. */
  readonly faults?: FaultPlan | undefined;
  readonly screen: Screen;
  readonly signal: AbortSignal;
  /** Called once all is checked, while the cloud is still up: `--keep` waits there. */
  readonly beforeStop: (cloud: Cloud, app: AppReport) => Promise<void>;
}

/** The run's signal was aborted; everything that had been started is stopped. */
export class InterruptedError extends Error {}

/** Progress is drawn this often. */
const DRAW_EVERY_MS = 200;

/**
 * Starts an app's cloud, runs its scenario, and stops everything again, whatever happens.
 *
 * @throws InterruptedError when the signal is aborted before all is checked.
 */
export async function runApp(scenario: Scenario, options: RunAppOptions): Promise<AppReport> {
  const { seed, screen, signal } = options;
  // Each use of chance has a stream of its own, so that more of one does not shift the other.
  const streams = { feed: seed, faults: seed + 1 };
  const plan = options.faults ?? scenario.faults;
  const running: (() => Promise<void>)[] = [];
  const tally = startTally(Date.now);
  /** Aborts when a service has died, with the reason. */
  const broken = new AbortController();
  const ended = AbortSignal.any([signal, broken.signal]);
  try {
    const buildDir = await mkdtemp(join(tmpdir(), `holdfast-${scenario.name}-`));
    const removeBuild = (): void => rmSync(buildDir, { recursive: true, force: true });
    // A crash stops nothing in order, but still passes here.
    process.once("exit", removeBuild);
    running.push(async () => {
      process.off("exit", removeBuild);
      removeBuild();
    });
    const faults = faultDecisions(plan, streams.faults);
    const outside = await scenario.thirdParties?.((name, sinceFirstMs) => {
      const fault = faults.thirdParty(name, sinceFirstMs);
      if (fault !== undefined) tally.count({ type: "third-party-fault", name, fate: fault.do });
      return fault;
    });
    if (outside !== undefined) running.push(() => outside.stop());

    screen.progress("building the functions and starting the cloud");
    const cloud = await startCloud({
      stacks: [
        {
          file: scenario.template,
          name: scenario.name,
          parameters: {
            ...scenario.parameters,
            ...outside?.parameters,
            ...parametersWithout(scenario, options.without),
          },
        },
      ],
      buildDir,
      speed: scenario.speed,
      seed,
      observe: tally.count,
      onFailure: (error) => broken.abort(error),
      faults,
      ...(scenario.keepRequestsOf === undefined ? {} : { keepRequestsOf: scenario.keepRequestsOf }),
    });
    running.push(() => cloud.stop());
    for (const note of cloud.notes) screen.line(note);

    const rows = await watched(tally, screen, ended, (progress) =>
      scenario.run({
        cloud,
        tally,
        random: seededRandom(streams.feed),
        faults: plan,
        signal: ended,
        progress,
      }),
    );
    const app = {
      name: scenario.name,
      rows,
      faults: plan,
      disturbances: tally.disturbances,
      failures: failuresOf(tally),
      idleFaults: faults.idle(),
    };
    screen.done();
    await options.beforeStop(cloud, app);
    return app;
  } finally {
    screen.done();
    await stopAll(running);
  }
}

/** Takes protections away: an app's own as it says, the library's by its kill switch. */
function parametersWithout({ controls = {} }: Scenario, without: readonly string[]): Record<string, string> {
  const switches = without.filter((name) => KILL_SWITCHES.includes(name));
  return Object.assign(
    switches.length === 0 ? {} : { DisabledPolicies: switches.join(",") },
    ...without.map((name) => controls[name]),
  );
}

function failuresOf({ runtimeErrors, deadLetters }: Tally): ReadonlyMap<string, number> {
  const failures = new Map(runtimeErrors);
  for (const { from, reason } of deadLetters) {
    const what = `${from} gave up: ${reason}`;
    failures.set(what, (failures.get(what) ?? 0) + 1);
  }
  return failures;
}

/** Draws progress while the work goes on. Interrupted, it does not wait for the work to notice. */
async function watched<T>(
  tally: Tally,
  screen: Screen,
  signal: AbortSignal,
  work: (progress: (text: string) => void) => Promise<T>,
): Promise<T> {
  let said = "the cloud is up";
  const timer = setInterval(() => {
    screen.progress(`${said}; ${tally.invocations} invocations, ${tally.killed} killed`);
  }, DRAW_EVERY_MS);
  let interrupt: () => void = () => {};
  const interrupted = new Promise<never>((_, reject) => {
    // What aborted with an error has failed; anything else is someone who wants it to end.
    interrupt = () =>
      reject(
        signal.reason instanceof Error && signal.reason.name !== "AbortError"
          ? signal.reason
          : new InterruptedError(),
      );
    if (signal.aborted) interrupt();
    else signal.addEventListener("abort", interrupt, { once: true });
  });
  try {
    const worked = work((text) => {
      said = text;
    });
    return await Promise.race([interrupted, worked]);
  } finally {
    signal.removeEventListener("abort", interrupt);
    clearInterval(timer);
  }
}

/** In reverse order; one that does not stop keeps none of the others. */
async function stopAll(running: readonly (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const stop of [...running].reverse()) await stop().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw new AggregateError(errors, "Not everything could be stopped.");
}
