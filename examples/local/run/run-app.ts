import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cloud, startCloud } from "../cloud.ts";
import { startLossyProxy } from "../faults/lossy-proxy.ts";
import { seededRandom } from "../seeded-random.ts";
import type { AppReport } from "./report.ts";
import type { Scenario } from "./scenario.ts";
import type { Screen } from "./screen.ts";
import { startTally, type Tally } from "./tally.ts";

export interface RunAppOptions {
  readonly seed: number;
  readonly without: readonly string[];
  readonly screen: Screen;
  readonly signal: AbortSignal;
  /** Called with the cloud once all is checked, before it is stopped: `--keep` waits there. */
  readonly beforeStop: (cloud: Cloud) => Promise<void>;
}

/** Progress is drawn this often. */
const DRAW_EVERY_MS = 200;

/** Starts an app's cloud, runs its scenario, and stops everything again, whatever happens. */
export async function runApp(scenario: Scenario, options: RunAppOptions): Promise<AppReport> {
  const { seed, screen, signal } = options;
  // Each use of chance has a stream of its own, so that more of one does not shift the other.
  const streams = { feed: seed, faults: seed + 1, thirdParties: seed + 2 };
  const running: (() => Promise<void>)[] = [];
  const tally = startTally(Date.now);
  try {
    const buildDir = await mkdtemp(join(tmpdir(), `holdfast-${scenario.name}-`));
    running.push(() => rm(buildDir, { recursive: true, force: true }));
    const outside = await scenario.thirdParties(seededRandom(streams.thirdParties));
    running.push(() => outside.stop());
    const faults = scenario.faults(seededRandom(streams.faults));
    let dynamodb = "";
    const proxy = await startLossyProxy({
      target: () => dynamodb,
      plan: faults.dynamodb ?? (() => "deliver"),
    });
    running.push(() => proxy.stop());

    screen.progress("building the functions and starting the cloud");
    const cloud = await startCloud({
      stacks: [
        {
          file: scenario.template,
          name: scenario.name,
          parameters: {
            ...outside.parameters,
            ...(options.without.length === 0 ? {} : { DisabledPolicies: options.without.join(",") }),
          },
          environment: { AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint },
        },
      ],
      buildDir,
      speed: scenario.speed,
      seed,
      observe: tally.count,
      faults,
    });
    dynamodb = cloud.endpoints.dynamodb;
    running.push(() => cloud.stop());
    for (const note of cloud.notes) screen.line(note);

    const rows = await watched(tally, screen, (progress) =>
      scenario.run({
        cloud,
        tally,
        random: seededRandom(streams.feed),
        dynamodbRequests: proxy.seen,
        signal,
        progress,
      }),
    );
    await options.beforeStop(cloud);
    return { name: scenario.name, rows };
  } finally {
    screen.done();
    await stopAll(running);
  }
}

/** Draws progress while the work goes on. */
async function watched<T>(
  tally: Tally,
  screen: Screen,
  work: (progress: (text: string) => void) => Promise<T>,
): Promise<T> {
  let said = "";
  const timer = setInterval(() => {
    screen.progress(`${said}  ${tally.invocations} invocations, ${tally.killed} killed`);
  }, DRAW_EVERY_MS);
  try {
    return await work((text) => {
      said = text;
    });
  } finally {
    clearInterval(timer);
  }
}

/** In reverse order; one that does not stop keeps none of the others. */
async function stopAll(running: readonly (() => Promise<void>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const stop of [...running].reverse()) await stop().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw new AggregateError(errors, "Not everything could be stopped.");
}
