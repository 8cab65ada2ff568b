import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { startCloud } from "../../../examples/local/cloud.ts";
import { faultDecisions, type RequestVerdict } from "../../../examples/local/faults/decide.ts";
import { type Item, tableByKey } from "../../../examples/local/run/tables.ts";
import type { Running } from "../../../examples/local/services.ts";
import type { Answer } from "./app/settings.ts";
import { type Dependency, startDependency } from "./dependency.ts";

/** As many invocations at a time, each in an environment of its own. */
export interface Round {
  readonly beganMs: number;
  readonly endedMs: number;
  /** Of those whose process was not killed. */
  readonly answers: readonly Answer[];
}

export interface Environments extends Running {
  readonly dependency: Dependency;
  /** In order, all of them. */
  readonly rounds: readonly Round[];
  /** What happens to each request to the store from now on. */
  storeFate: RequestVerdict | undefined;
  /** What came to the store, by operation. */
  storeRequests(): readonly string[];
  /** One invocation, which waits where no environment is free; undefined: its process was killed. */
  invoke(): Promise<Answer | undefined>;
  round(size: number): Promise<Round>;
  /** Rounds of these sizes, over and over, until something holds after one of them. */
  roundsUntil(sizes: readonly number[], holds: (last: Round) => unknown, what: string): Promise<void>;
  /** The shared circuit's item. */
  item(): Promise<ControlItem>;
}

export interface ControlItem {
  readonly state: string;
  readonly epoch: number;
  readonly sinceMs: number;
  readonly probeUntilMs: number;
}

/** A machine that is busy with other things takes its time. */
const WITHIN_MS = 60_000;
const BETWEEN_ROUNDS_MS = 60;

/** `size` environments of one function, each a process, that are stopped between their invocations as Lambda's are. */
export async function startEnvironments(size: number, sharing: "on" | "off"): Promise<Environments> {
  const buildDir = await mkdtemp(join(tmpdir(), "circuits-"));
  const dependency = await startDependency();
  const cloud = await startCloud({
    stacks: [
      {
        file: fileURLToPath(new URL("./app/template.yaml", import.meta.url)),
        name: "circuits",
        parameters: { DependencyUrl: dependency.url, Sharing: sharing },
      },
    ],
    buildDir,
    maxEnvironments: size,
    keepRequestsOf: ["dynamodb"],
    faults: { ...faultDecisions({}, 1), request: () => environments.storeFate },
  }).catch(async (error) => {
    await dependency.stop();
    throw error;
  });
  const [stack] = cloud.stacks;
  const [fn] = stack?.functions ?? [];
  if (stack === undefined || fn === undefined) throw new Error("the template made no function");
  const { arn } = fn;
  const rounds: Round[] = [];

  async function invoke(): Promise<Answer | undefined> {
    const result = await cloud.lambda.invoke(arn, "{}", { source: "test" });
    if (result.status === "ok") return JSON.parse(result.payload);
    if (result.status === "error" && result.kind === "crash") return undefined;
    throw new Error(`an invocation was not served: ${JSON.stringify(result)}`);
  }

  async function round(size: number): Promise<Round> {
    const beganMs = Date.now();
    const answers = await Promise.all(Array.from({ length: size }, invoke));
    const done = { beganMs, endedMs: Date.now(), answers: answers.filter((one) => one !== undefined) };
    rounds.push(done);
    await wait(BETWEEN_ROUNDS_MS);
    return done;
  }

  const environments: Environments = {
    dependency,
    rounds,
    storeFate: undefined,
    storeRequests: () => cloud.requestsTo("dynamodb").map(({ operation }) => operation),
    invoke,
    round,
    async roundsUntil(sizes, holds, what) {
      const untilMs = Date.now() + WITHIN_MS;
      for (let n = 0; Date.now() < untilMs; n += 1) {
        if (holds(await round(sizes[n % sizes.length] ?? size))) return;
      }
      throw new Error(`after ${WITHIN_MS} ms it was still not so that ${what}`);
    },
    async item() {
      const item: Item =
        (await tableByKey(cloud.clients.dynamodb, stack, "CircuitsTable")).get("CIRCUIT#dependency") ?? {};
      const number = (name: string): number => Number(item[name]?.N ?? 0);
      return {
        state: item["state"]?.S ?? "none",
        epoch: number("epoch"),
        sinceMs: number("sinceMs"),
        probeUntilMs: number("probeUntilMs"),
      };
    },
    async stop() {
      await cloud.stop();
      await dependency.stop();
      await rm(buildDir, { recursive: true, force: true });
    },
  };
  return environments;
}
