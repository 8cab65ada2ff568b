import { observed, rootCall, wrap } from "holdfast";
import { idempotent } from "holdfast/idempotency";
import { inspect, recordId } from "holdfast/idempotency/admin";
import { type MemoryStore, memoryStore } from "holdfast/idempotency/memory";
import { resumable } from "holdfast/idempotency/steps";
import { manualRuntime, seededRandom } from "holdfast/testing";
import { BACK, rememberRefusals, shapes } from "./shapes.ts";
import { startTarget, type Told } from "./target.ts";
import { withoutSteps } from "./without-steps.ts";
import { type Chances, type Met, startWorker } from "./worker.ts";

/** How a saga is run; the controls take one protection away. */
export interface Sagas {
  readonly chances: Chances;
  /** How often someone outside is closed. */
  readonly outage: number;
  readonly honoursKeys: boolean;
  readonly hasSteps: boolean;
}

/** What one saga came to, and what it has met on the way. */
export interface Ended {
  readonly how: "whole" | "taken back" | "parked" | "not at all";
  /** What is wrong with it; empty where nothing is. */
  readonly problems: readonly string[];
  readonly met: Readonly<Record<string, number>>;
}

const LEASE_MS = 2_000;
const MOST_DELIVERIES = 100;

/** Delivers one order, now and then twice at a time, until it is known how it ended; then once more to someone well. */
export async function runSaga(seed: number, sagas: Sagas): Promise<Ended> {
  const random = seededRandom(seed);
  const clock = manualRuntime({ seed });
  const store = memoryStore();
  const shape = pick(shapes, random);
  const refuses = pick([[], [], ["charge"], ["reserve"], ["ship"], ["book"]], random);
  let isClosing = true;
  const told = startTarget({
    ...sagas,
    refuses,
    isClosed: () => isClosing && random() < sagas.outage,
    isMoody: () => random() < 0.5,
  });
  const met = new Map<string, number>();
  const faults: Met = { killed: 0, "lost requests": 0, "lost replies": 0, frozen: 0 };
  const count = (what: string): void => void met.set(what, (met.get(what) ?? 0) + 1);
  // Some leases last as long as their calls, some are kept up.
  const lease = random() < 0.5 ? { leaseMs: LEASE_MS } : {};

  /** `answer …`, `refused …`, or why it is to be delivered again. */
  async function deliver(chances: Chances): Promise<string> {
    count("deliveries");
    const worker = startWorker({ clock, random, chances, longestFreezeMs: 3 * LEASE_MS, met: faults });
    const target = worker.watch(told.target);
    const options = {
      store: worker.watch(store),
      operation: "saga",
      key: () => "order-1",
      onError: rememberRefusals,
      ...lease,
    };
    const run = sagas.hasSteps
      ? resumable((_: object, call) => shape(target, call, options.store), {
          ...options,
          maxCompensationAttempts: 100,
        })
      : idempotent((_: object, call) => withoutSteps(shape, target, call, options.store), options);
    const observedRun = wrap(
      run,
      observed(({ type }) => count(type)),
    );
    const timeoutMs = "leaseMs" in lease ? 5 * LEASE_MS : LEASE_MS;
    const call = rootCall({ runtime: worker.runtime, timeoutMs });
    return Promise.race([
      worker.died,
      observedRun({}, call).then(
        (answer) => `answer ${answer}`,
        (error: { readonly code?: string; readonly message: string }) =>
          error.code === "TERMINAL" ? `refused ${error.message}` : String(error.code ?? error.message),
      ),
    ]);
  }

  async function untilEnded(): Promise<string> {
    for (let deliveries = 0; deliveries < MOST_DELIVERIES; deliveries++) {
      const beside = random() < 0.3 ? deliver(sagas.chances).catch(() => {}) : undefined;
      const how = await deliver(sagas.chances);
      if (random() < 0.5) await beside;
      if (/^(answer|refused|IDEMPOTENCY_UNKNOWN_OUTCOME|IDEMPOTENCY_COMPENSATION_FAILED)/.test(how))
        return how;
      await new Promise<void>((resolve) => void clock.setTimer(random() * 2 * LEASE_MS, resolve));
    }
    return "not at all";
  }

  const how = await clock.run(untilEnded());
  // Whoever sleeps wakes up, and does what it was about to do.
  await clock.advance(100 * LEASE_MS);
  isClosing = false;
  const again = await clock.run(deliver({ kill: 0, loseRequest: 0, loseReply: 0, freeze: 0 }));
  for (const [what, times] of Object.entries(faults)) met.set(what, times);
  met.set("outages", told.outages);
  return {
    ...(await judged(how, again, told, store)),
    met: Object.fromEntries(met),
  };
}

async function judged(
  how: string,
  again: string,
  told: Told,
  store: MemoryStore,
): Promise<Omit<Ended, "met">> {
  const problems: string[] = [];
  const call = rootCall({ runtime: manualRuntime() });
  const record = (await inspect(store, recordId({ operation: "saga", key: "order-1" }), call))?.record;
  const keys = told.log.map(({ key }) => key);
  const repeated = told.log.filter(({ key }, index) => keys.indexOf(key) !== index);
  for (const { what } of repeated) problems.push(`${what} was done twice under one key`);
  if (how === "not at all") return { how, problems: [...problems, "it has not ended"] };
  if (how.startsWith("IDEMPOTENCY")) return { how: "parked", problems };
  if (again !== how) problems.push(`it ended as "${how}", and then as "${again}"`);
  if (record?.steps !== undefined) problems.push("its steps are still kept");

  const isWhole = how.startsWith("answer");
  for (const [what, back] of Object.entries(BACK)) {
    const [done, undone] = [told.times(what), told.times(back)];
    if (done > 1) problems.push(`${what} was done ${done} times`);
    if (undone !== (isWhole ? 0 : done))
      problems.push(`${what} was done ${done} and taken back ${undone} times`);
  }
  if (isWhole) {
    const ended = told.times("ship") + store.applied.length;
    if (ended !== 1) problems.push(`it was shipped or stored ${ended} times`);
    if (told.times("charge") !== 1) problems.push("it was not charged");
    if (told.times("reserve") + told.times("book") !== 1) problems.push("nothing was reserved");
  } else {
    if (told.times("ship") + store.applied.length > 0) problems.push("it was taken back, and shipped");
    if (told.refusals === 0) problems.push("it was taken back, and nobody had refused anything");
  }
  return { how: isWhole ? "whole" : "taken back", problems };
}

function pick<T>(list: readonly T[], random: () => number): T {
  // A whole number below the length is an index.
  return list[Math.floor(random() * list.length)] as T;
}
