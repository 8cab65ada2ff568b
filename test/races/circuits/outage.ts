import { setTimeout as wait } from "node:timers/promises";
import { settings } from "./app/settings.ts";
import type { Seen } from "./dependency.ts";
import type { ControlItem, Environments, Round } from "./environments.ts";
import { probesIn } from "./rules.ts";

/** What happened in a while, in order. */
export interface Chapter {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly rounds: readonly Round[];
  /** What came to the dependency, and to the store. */
  readonly requests: readonly Seen[];
  readonly storeRequests: readonly string[];
}

/** Who had the probe's lease when something happened to it. */
export interface Holder {
  readonly pid: number;
  readonly atMs: number;
  readonly leaseUntilMs: number;
}

/** How the environments and the dependency met before, during and after one outage. */
export interface Outage {
  readonly healthy: Chapter;
  /** Until each environment that was called had refused a call. */
  readonly dying: Chapter;
  /** From then on until the end of the outage. */
  readonly dead: Chapter;
  /** Changes of the shared circuit's state at the beginning and at the end of `dead`. */
  readonly epochs: readonly [number, number];
  readonly killed: Holder;
  readonly frozen: Holder;
  /** Environments that had not heard of it when they were called in `dead`: stopped until then, or new. */
  readonly stopped: readonly number[];
  readonly started: readonly number[];
  /** From the recovery until all calls of a round went through. */
  readonly back: Chapter;
  readonly closed: ControlItem;
}

const HEALTHY_MS = 2_000;
/** Environments that nobody calls until the outage is nearly over: Lambda leaves them stopped. On a busy machine one of them may have to step in. */
const UNCALLED = 4;
const WITHIN_MS = 60_000;
const BETWEEN_CALLS_MS = 50;
/** Some environments have more to do than the others. */
const BUSY = 10;

/** One outage that the store is there for. */
export async function sharedOutage(environments: Environments, size: number): Promise<Outage> {
  const { dependency, round, roundsUntil } = environments;
  const called = size - UNCALLED;
  await round(size);
  const all = pidsIn([await round(size)]);

  const healthy = await chapter(environments, (fromMs) =>
    roundsUntil([size], ({ endedMs }) => endedMs - fromMs >= HEALTHY_MS, "time passes"),
  );

  dependency.health = "dead";
  const dying = await chapter(environments, () =>
    roundsUntil([BUSY, BUSY, BUSY, BUSY, called], refusedBy(called), "all environments are open"),
  );
  const { epoch: opened } = await environments.item();

  let killed: Holder | undefined;
  let frozen: Holder | undefined;
  const dead = await chapter(environments, async () => {
    const first = nextProbe(environments, "SIGKILL");
    await roundsUntil([called], () => first.isStruck(), "a probe was sent");
    killed = await first.holder;

    const second = nextProbe(environments, "SIGSTOP");
    const held = await untilStruck(environments, second.holder);
    frozen = await second.holder;

    const probes = probesIn(dependency.seen).length;
    const hasProbed = () => probesIn(dependency.seen).length > probes;
    await roundsUntil(
      [called - 2],
      hasProbed,
      "another probe was sent after the lease of one that is stopped",
    );
    process.kill(frozen.pid, "SIGCONT");
    await held.answer;

    await roundsUntil([size], refusedBy(size), "all environments are open again");
  });
  const { epoch: reopened } = await environments.item();

  dependency.health = "well";
  const back = await chapter(environments, () =>
    roundsUntil(
      [size],
      ({ answers }) => answers.every(({ outcome }) => outcome === "answered"),
      "all are back",
    ),
  );
  const closed = await environments.item();
  // A round may be lucky, and the next one not.
  await roundsUntil([size], ({ beganMs }) => beganMs >= closed.sinceMs + settings.rampMs, "the ramp is over");
  const informed = pidsIn(dying.rounds, "CIRCUIT_OPEN");
  const late = [...pidsIn(dead.rounds)].filter((pid) => !informed.has(pid));
  if (killed === undefined || frozen === undefined) throw new Error("no probe was struck");
  return {
    healthy,
    dying,
    dead,
    epochs: [opened, reopened],
    killed,
    frozen,
    stopped: late.filter((pid) => all.has(pid)),
    started: late.filter((pid) => !all.has(pid)),
    back,
    closed,
  };
}

/** One outage during which each environment is by itself: there is no store, or it is not to be reached. */
export async function loneOutage(
  environments: Environments,
  size: number,
): Promise<Pick<Outage, "dying" | "dead" | "back">> {
  const { dependency, roundsUntil } = environments;
  dependency.health = "dead";
  const dying = await chapter(environments, () =>
    roundsUntil([size], refusedBy(size), "all environments are open"),
  );
  const dead = await chapter(environments, (fromMs) =>
    roundsUntil([size], ({ endedMs }) => endedMs - fromMs >= 1.5 * settings.halfOpenAfterMs, "time passes"),
  );
  dependency.health = "well";
  const back = await chapter(environments, () =>
    roundsUntil(
      [size],
      ({ answers }) => answers.every(({ outcome }) => outcome === "answered"),
      "all are back",
    ),
  );
  return { dying, dead, back };
}

export async function chapter(
  environments: Environments,
  work: (fromMs: number) => Promise<void>,
): Promise<Chapter> {
  const { rounds, dependency } = environments;
  const fromMs = Date.now();
  const before = {
    rounds: rounds.length,
    requests: dependency.seen.length,
    store: environments.storeRequests().length,
  };
  await work(fromMs);
  return {
    fromMs,
    untilMs: Date.now(),
    rounds: rounds.slice(before.rounds),
    requests: dependency.seen.slice(before.requests),
    storeRequests: environments.storeRequests().slice(before.store),
  };
}

/** The environments that answered in some rounds, in one way or in any. */
function pidsIn(rounds: readonly Round[], outcome?: string): ReadonlySet<number> {
  const answers = rounds.flatMap((one) => one.answers);
  return new Set(
    answers.filter((one) => outcome === undefined || one.outcome === outcome).map(({ pid }) => pid),
  );
}

/** Whether so many environments have refused a call since it was asked first. */
function refusedBy(size: number): (last: Round) => boolean {
  const open = new Set<number>();
  return ({ answers }) => {
    for (const { pid, outcome } of answers) if (outcome === "CIRCUIT_OPEN") open.add(pid);
    return open.size >= size;
  };
}

/** Calls one at a time, so that it is known which of them does not come back. */
async function untilStruck(
  { invoke }: Environments,
  holder: Promise<Holder>,
): Promise<{ answer: ReturnType<typeof invoke> }> {
  const untilMs = Date.now() + WITHIN_MS;
  while (Date.now() < untilMs) {
    const answer = invoke();
    if ((await Promise.race([answer.then(() => "back"), holder])) !== "back") return { answer };
    await wait(BETWEEN_CALLS_MS);
  }
  throw new Error("nobody sent a probe");
}

/** Kills, or stops, whoever sends the next probe, in the middle of it. */
function nextProbe({ dependency, item }: Environments, signal: "SIGKILL" | "SIGSTOP") {
  const { promise: holder, resolve, reject } = Promise.withResolvers<Holder>();
  let struck = false;
  dependency.onProbe = (pid) => {
    dependency.onProbe = () => true;
    process.kill(pid, signal);
    struck = true;
    const atMs = Date.now();
    item().then(({ probeUntilMs }) => resolve({ pid, atMs, leaseUntilMs: probeUntilMs }), reject);
    return false;
  };
  return { holder, isStruck: () => struck };
}

/** All is well but for the store, until a dozen environments have met its trouble. */
export function throttled(environments: Environments, size: number): Promise<Chapter> {
  const met = new Set<number>();
  return chapter(environments, () =>
    environments.roundsUntil(
      [size],
      ({ answers }) => {
        for (const { pid, facts } of answers) if (facts.includes("circuit.store-failed")) met.add(pid);
        return met.size >= 12;
      },
      "a dozen environments have met the store's trouble",
    ),
  );
}
