import { fileURLToPath } from "node:url";
import type { Cloud } from "../../../examples/local/cloud.ts";
import type { FaultPlan } from "../../../examples/local/faults/plan.ts";
import { invariant } from "../../../examples/local/run/invariant.ts";
import type { RowReport, Scenario, World } from "../../../examples/local/run/scenario.ts";
import { type Item, tableByKey } from "../../../examples/local/run/tables.ts";
import type { Tally } from "../../../examples/local/run/tally.ts";
import { notCompleted, notOnce } from "./check.ts";
import { fleetFaults } from "./faults.ts";
import { deliveriesOf, feed } from "./feed.ts";
import { startTarget, type Target } from "./target.ts";

export interface FleetSize {
  /** Tasks of the two short functions; the long one has a tenth as many, ten at least. */
  readonly keys: number;
  /** How often each task is sent. */
  readonly deliveries: number;
}

/** Beside the report's table: what each function's runs said of themselves, and how often the target was asked. */
export interface Figures {
  readonly [operation: string]: { readonly [what: string]: number };
}

const OPERATIONS = [
  { operation: "transact", logicalId: "Transact", share: 1 },
  { operation: "keyed", logicalId: "Keyed", share: 1 },
  { operation: "long", logicalId: "Long", share: 0.1 },
] as const;
type Operation = (typeof OPERATIONS)[number];

/** So long may the last redeliveries take: forty receives of a message. */
const REST_WITHIN_MS = 240_000;
/** And so long each message before them; some 5 ms are usual. */
const MESSAGE_WITHIN_MS = 50;
/** How far it is, is looked at this often. */
const LOOK_EVERY_MS = 500;

/**
 * Many deliveries of each of many tasks, to functions that are killed, frozen and lied to: an effect inside
 * `unit.transact`, one at a target that honours `unit.id`, and one of work that outlasts its lease. In the end each effect
 * has happened once a task.
 */
export function fleet(
  size: FleetSize,
  told: (figures: Figures) => void = () => {},
  faults: FaultPlan = fleetFaults,
): Scenario {
  let target: Target | undefined;
  return {
    name: "fleet",
    template: fileURLToPath(new URL("./app/template.yaml", import.meta.url)),
    notes: [
      "What keyed has done is what its target did. target-asked is how often that was asked: what it would have done if it " +
        "knew no id.",
    ],
    // Messages come again after four to six seconds, as long as a function may run.
    speed: 15,
    faults,
    async thirdParties(fate) {
      target = await startTarget(fate);
      return { parameters: { TargetUrl: target.endpoint }, stop: target.stop };
    },
    async run(world) {
      if (target === undefined) throw new Error("there is no target");
      return run(world, size, target, told);
    },
  };
}

async function run(
  world: World,
  { keys, deliveries }: FleetSize,
  target: Target,
  told: (figures: Figures) => void,
): Promise<readonly RowReport[]> {
  const { cloud, tally, signal } = world;
  const [stack] = cloud.stacks;
  if (stack === undefined) throw new Error("the template made no stack");
  const lines = OPERATIONS.map((operation) => {
    const count = Math.min(keys, Math.max(10, Math.round(keys * operation.share)));
    const tasks = Array.from({ length: count }, (_, n) => `${operation.operation}-${n}`);
    return { ...operation, tasks, sent: deliveriesOf(tasks, deliveries, world.random) };
  });
  const restless = await watching(world, async () => {
    await Promise.all(
      lines.map(async ({ logicalId, sent }) => {
        const queue = stack.queues.find((one) => one.logicalId === `${logicalId}Queue`);
        if (queue === undefined) throw new Error(`the template made no queue for ${logicalId}`);
        await feed(cloud.clients.sqs, queue.url, sent, signal);
      }),
    );
    const messages = lines.reduce((total, { sent }) => total + sent.length, 0);
    return cloud.idle(REST_WITHIN_MS + messages * MESSAGE_WITHIN_MS).then(
      () => [],
      (error: unknown) => [String(error)],
    );
  });

  const { dynamodb } = cloud.clients;
  const records = await tableByKey(dynamodb, stack, "IdempotencyTable");
  const appended = appends(await tableByKey(dynamodb, stack, "EffectsTable"));
  const waiting = (await cloud.queueDepths())
    .map(({ name, visible, inFlight, delayed }) => ({ name, messages: visible + inFlight + delayed }))
    .filter(({ messages }) => messages > 0)
    .map(({ name, messages }) => `${messages} in ${name}`);
  const functionName = ({ logicalId }: Operation): string => `${stack.name}-${logicalId}Function`;
  told(
    Object.fromEntries(
      lines.map((line) => {
        const asked = line.operation === "keyed" ? { "target-asked": sum(target.asked) } : {};
        return [line.operation, { ...saidBy(tally, functionName(line)), ...asked }];
      }),
    ),
  );
  return lines.map((line) => {
    const { operation, tasks, sent } = line;
    const done = operation === "keyed" ? target.done : ofOperation(appended, operation);
    return {
      id: operation,
      eventsIn: sent.length,
      effects: sum(done),
      duplicates: sent.length - tasks.length + tally.duplicatesOf(functionName(line)),
      retries: tally.retriesOf(functionName(line)),
      deadLetters: tally.deadLetters.filter(({ from }) => from.endsWith(`-${line.logicalId}Queue`)).length,
      p50Ms: 0,
      p95Ms: 0,
      invariants: [
        invariant("the effect of every task has happened exactly once", notOnce(tasks, done)),
        invariant("every task has a record, and it is completed", notCompleted(tasks, operation, records)),
        invariant("every queue is empty, that of dead letters too", [...restless, ...waiting]),
      ],
    };
  });
}

function appends(items: ReadonlyMap<string, Item>): ReadonlyMap<string, number> {
  return new Map([...items].map(([task, item]) => [task, Number(item["appends"]?.N)]));
}

function ofOperation(done: ReadonlyMap<string, number>, operation: string): ReadonlyMap<string, number> {
  return new Map([...done].filter(([task]) => task.startsWith(`${operation}-`)));
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

/** The facts of all of a function's runs that came to their end. */
function saidBy({ logs }: Tally, functionName: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of logs) {
    if (line.functionName !== functionName) continue;
    for (const [fact, count] of Object.entries(line.fields)) {
      if (typeof count === "number") counts[fact] = (counts[fact] ?? 0) + count;
    }
  }
  return counts;
}

async function watching<T>({ cloud, progress }: World, work: () => Promise<T>): Promise<T> {
  const looking = setInterval(() => {
    void messagesIn(cloud).then((messages) => progress(`${messages} messages to go`));
  }, LOOK_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(looking);
  }
}

async function messagesIn(cloud: Cloud): Promise<number> {
  const depths = await cloud.queueDepths();
  return depths.reduce((total, { visible, inFlight, delayed }) => total + visible + inFlight + delayed, 0);
}
