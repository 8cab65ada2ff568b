import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { invariant } from "../../local/run/invariant.ts";
import { badLines, settledLines } from "../../local/run/log-lines.ts";
import { redrive } from "../../local/run/redrive.ts";
import type { RowReport, Scenario, World } from "../../local/run/scenario.ts";
import { spread } from "../../local/run/tally.ts";
import { chunkKey } from "../src/chunk.ts";
import {
  givenUp,
  notAfterThree,
  writtenAgain,
  wronglyDecided,
  wronglySetAside,
  wronglyStored,
} from "./check.ts";
import { type PlannedMessage, planChunks, planConflicts, planRefused, planRivals } from "./chunks.ts";
import { chunkFaults, refusesSome } from "./faults.ts";
import { leaks, wronglyLogged } from "./log-lines.ts";
import { send } from "./send.ts";
import { keysIn, stagedIn } from "./staged.ts";

const CHUNKS = 200;
const CLIENTS = 4;
const REFUSED = 3;
const RIVALS = 5;
const CONFLICTS = 6;
const MOST_REDRIVES = 2;
const IDLE_WITHIN_MS = 60_000;
const STORED_WITHIN_MS = 30_000;

/** Chunks of a backup sent to a queue by several clients, through everything that goes wrong on the way. */
export function backup(chunks: number = CHUNKS): Scenario {
  return {
    name: "backup",
    template: fileURLToPath(new URL("../template.yaml", import.meta.url)),
    notes: [
      "B3 is measured from a chunk's first sending to the line of the function that stored it: kills and the five minutes until a " +
        "message comes again (four seconds here) are within. Effects are versions in the bucket. Dead letters are the bad chunks, and " +
        "those that S3 never takes, which are received three times.",
    ],
    // Five minutes' wait takes four seconds: longer than the three that a batch may take here.
    speed: 75,
    parameters: { FunctionTimeout: "3" },
    faults: chunkFaults,
    run: (world) => run(world, chunks),
  };
}

async function run(world: World, chunks: number): Promise<readonly RowReport[]> {
  const { cloud, tally, progress, signal, random } = world;
  const [stack] = cloud.stacks;
  const fn = stack?.functions.find(({ logicalId }) => logicalId === "StoreChunkFunction");
  const queue = stack?.queues.find(({ logicalId }) => logicalId === "ChunksQueue");
  const dead = stack?.queues.find(({ logicalId }) => logicalId === "DeadChunks");
  const bucket = stack?.buckets.find(({ logicalId }) => logicalId === "StagingBucket")?.name;
  if (!fn || !queue || !dead || !bucket)
    throw new Error("the template lacks a queue, a function or its bucket");
  const { s3, sqs } = cloud.clients;
  const sendAll = (messages: readonly PlannedMessage[], what: string) =>
    send(messages, {
      sqs,
      queueUrl: queue.url,
      clients: CLIENTS,
      signal,
      onSent: (sent, of) => progress(`${what}: ${sent}/${of} messages`),
    });

  const rivals = planRivals(RIVALS, random);
  const rivalMessages = rivals
    .flat()
    .map((chunk): PlannedMessage => ({ body: JSON.stringify(chunk), repeatsAfter: [] }));
  const refused = refusesSome(world.faults) ? REFUSED : 0;
  const plan = [...planRefused(refused, random), ...planChunks(chunks, random)];
  const sentMs = await sendAll([...rivalMessages, ...plan], "chunks");
  const conflicts = planConflicts((await storedOf(plan, CONFLICTS)).slice(0, CONFLICTS), random);
  await sendAll(conflicts, "used ids");
  const messages = [...plan, ...conflicts];
  const restless = await rest();

  /** Waits for the last deliveries; what bad luck alone has set aside is sent on its way again, as an operator does. */
  async function rest(): Promise<string[]> {
    for (let redrives = 0; ; redrives++) {
      progress("waiting for the last deliveries");
      const stuck = await cloud.idle(IDLE_WITHIN_MS).then(
        () => [],
        (error: unknown) => [String(error)],
      );
      const unlucky = givenUp(messages, await cloud.inspectQueue(dead?.name ?? ""));
      if (unlucky.length === 0 || redrives === MOST_REDRIVES) return stuck;
      progress("redriving what was given up");
      await redrive(world, { from: dead?.arn, to: queue?.arn });
    }
  }

  /** Chunks that are stored by now, once there are so many: their ids are in use. */
  async function storedOf(messages: readonly PlannedMessage[], least: number) {
    for (const untilMs = Date.now() + STORED_WITHIN_MS; ; await wait(50, undefined, { signal })) {
      const keys = await keysIn(s3, bucket ?? "");
      const stored = messages.flatMap(({ chunk }) =>
        chunk !== undefined && keys.has(chunkKey(chunk.chunk_id)) ? [chunk] : [],
      );
      if (stored.length >= least || Date.now() > untilMs) return stored;
    }
  }

  const letters = await cloud.inspectQueue(dead.name);
  const ending = { messages, rivals, staged: await stagedIn(s3, bucket), letters };
  const waiting = (await cloud.queueDepths())
    .filter(({ name, visible, inFlight, delayed }) => name !== dead.name && visible + inFlight + delayed > 0)
    .map(({ name }) => `something waits in ${name}`);
  const lines = settledLines(tally.logs, fn.name);
  const latencies = plan.flatMap(({ body, chunk }) => {
    const atMs = lines.get(chunk?.chunk_id ?? "");
    return atMs === undefined ? [] : [atMs - (sentMs.get(body) ?? atMs)];
  });
  const repeated = plan.reduce((sum, { repeatsAfter }) => sum + repeatsAfter.length, 0);

  return [
    {
      id: "B3",
      eventsIn: messages.length + rivalMessages.length + repeated,
      effects: ending.staged.length,
      duplicates: repeated + tally.duplicatesOf(fn.name),
      retries: tally.retriesOf(fn.name),
      deadLetters: letters.length,
      ...spread(latencies),
      invariants: [
        invariant("every good chunk is stored as it was sent, and nothing else is", wronglyStored(ending)),
        invariant("every chunk is written once, and none is replaced", writtenAgain(ending)),
        invariant("every bad chunk is set aside with its reason, and no good one", wronglySetAside(ending)),
        invariant(
          "of two chunks with one id the first is stored, and the other refused",
          wronglyDecided(ending),
        ),
        invariant("what S3 does not take is set aside after three receives", notAfterThree(ending)),
        invariant("every good chunk has a line that says it is stored", wronglyLogged(tally, plan)),
        invariant("every line is one JSON object with the fields of an event", badLines(tally)),
        invariant("nothing of what is in a chunk is shown", leaks(tally, letters)),
        invariant("nothing is stuck", [...restless, ...waiting]),
      ],
    },
  ];
}
