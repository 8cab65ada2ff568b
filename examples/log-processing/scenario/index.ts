import { fileURLToPath } from "node:url";
import { invariant } from "../../local/run/invariant.ts";
import { badLines, settledLines } from "../../local/run/log-lines.ts";
import type { RowReport, Scenario, World } from "../../local/run/scenario.ts";
import { tableByKey } from "../../local/run/tables.ts";
import { percentile } from "../../local/run/tally.ts";
import { wronglyAdded, wronglyCounted, wronglyFailed, wronglyStored } from "./check.ts";
import { logFaults } from "./faults.ts";
import { leaks, notOneLineEach, wronglyLogged } from "./log-lines.ts";
import { planLogs } from "./logs.ts";
import { LATE_VERSION, lateNotification, upload } from "./upload.ts";

const LOGS = 200;
const CLIENTS = 4;
const IDLE_WITHIN_MS = 60_000;

/** Logs put into a bucket by several clients, through everything that goes wrong on the way. */
export function logProcessing(logs: number = LOGS, clients: number = CLIENTS): Scenario {
  return {
    name: "log-processing",
    template: fileURLToPath(new URL("../template.yaml", import.meta.url)),
    notes: [
      "L1 is measured from an upload's beginning to the line of the function that counted it: kills, lost replies and " +
        "their retries are within. Dead letters are the damaged logs, which end in FailedLogs.",
    ],
    // A minute's wait takes four seconds: longer than the lease of the three seconds that a log may take here.
    speed: 15,
    parameters: { FunctionTimeout: "3" },
    faults: logFaults,
    run: (world) => run(world, logs, clients),
  };
}

async function run(world: World, logs: number, clients: number): Promise<readonly RowReport[]> {
  const { cloud, tally, progress, signal } = world;
  const [stack] = cloud.stacks;
  const bucket = stack?.buckets[0]?.name;
  const fn = stack?.functions[0];
  if (stack === undefined || bucket === undefined || fn === undefined) {
    throw new Error("the template made no bucket or no function");
  }
  const plan = planLogs(logs, world.random);
  for (const key of plan.late) {
    await cloud.lambda.invokeAsync(fn.arn, lateNotification(bucket, key, new Date().toISOString()), {
      source: "async:late",
    });
  }
  const uploaded = await upload(plan, {
    s3: cloud.clients.s3,
    bucket,
    clients,
    signal,
    onUploaded: (done, of) => progress(`${done}/${of} objects uploaded`),
  });
  progress("waiting for the last deliveries");
  const restless = await cloud.idle(IDLE_WITHIN_MS).then(
    () => [],
    (error: unknown) => [String(error)],
  );

  const failedLogs = `${stack.name}-FailedLogs`;
  const [processed, days, failed, depths] = await Promise.all([
    tableByKey(cloud.clients.dynamodb, stack, "ProcessedLogsTable"),
    tableByKey(cloud.clients.dynamodb, stack, "DailyErrorsTable"),
    cloud.inspectQueue(failedLogs),
    cloud.queueDepths(),
  ]);
  const waiting = depths
    .filter(({ name, visible, inFlight, delayed }) => name !== failedLogs && visible + inFlight + delayed > 0)
    .map(({ name }) => `something waits in ${name}`);
  const ending = { uploaded, processed, days, failed };
  const lines = settledLines(tally.logs, fn.name);
  const latencies = uploaded.flatMap(({ logId, sentMs }) => {
    const atMs = lines.get(logId);
    return atMs === undefined ? [] : [atMs - sentMs];
  });
  const late = plan.late.map((key) => `${bucket}/${key}@${LATE_VERSION}`);

  return [
    {
      id: "L1",
      eventsIn: uploaded.length + late.length,
      effects: [...days.values()].reduce((sum, day) => sum + Number(day["logs"]?.N ?? 0), 0),
      duplicates: tally.duplicatesOf(fn.name),
      retries: tally.retriesOf(fn.name),
      deadLetters: failed.length,
      p50Ms: percentile(latencies, 0.5),
      p95Ms: percentile(latencies, 0.95),
      invariants: [
        invariant("every version of every log is counted right, and nothing else is", wronglyCounted(ending)),
        invariant("every count is stored as it must be", wronglyStored(ending, Date.now())),
        invariant("every log is counted exactly once by ADD", wronglyAdded(ending)),
        invariant(
          "every damaged log is in FailedLogs once, with its reason, and nothing else is",
          wronglyFailed(ending),
        ),
        invariant("every log has a line that says what became of it", wronglyLogged(tally, uploaded, late)),
        invariant("every invocation that is not disturbed writes one line", notOneLineEach(tally)),
        invariant("every line is one JSON object with the fields of an event", badLines(tally)),
        invariant(
          "nothing of what is in a log is shown",
          leaks(
            tally,
            failed.map(({ body }) => body),
          ),
        ),
        invariant("nothing is stuck", [...restless, ...waiting]),
      ],
    },
  ];
}
