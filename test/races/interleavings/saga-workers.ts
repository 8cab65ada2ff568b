import { type Call, rootCall, TerminalError, wrap } from "holdfast";
import type { IdempotencyStore } from "holdfast/idempotency";
import { inspect, settle } from "holdfast/idempotency/admin";
import { memoryStore } from "holdfast/idempotency/memory";
import {
  type ResumableOptions,
  resumable,
  type StepContext,
  type WithSteps,
} from "holdfast/idempotency/steps";
import { kindOf } from "../../support/store-writes.ts";
import type { Action, World } from "./every-order.ts";
import { type Effect, sagaRules } from "./saga-rules.ts";
import { newStage } from "./stage.ts";

const LEASE_MS = 1_000;
/** A saga that has not come to its end by then, with nothing in its way, never does. */
const MOST_DELIVERIES = 6;

export interface SagaSetting {
  /** How each worker's run goes on after its steps. The last is also how later deliveries do. */
  readonly ends: readonly ("completes" | "fails" | "busy" | "transacts")[];
  readonly steps?: readonly string[];
  /** The steps begin together. */
  readonly isSideBySide?: boolean;
  /** How often the clock may pass the length of a lease. */
  readonly expirations: number;
  /** How many heartbeats the first worker may have. */
  readonly heartbeats?: number;
  /** Whether the store's replies are delivered apart from what it does. */
  readonly isStoreFar?: boolean;
  /** How many replies of the store may be lost after its work was done. */
  readonly losses?: number;
  /** Whether a request may be on its way to the target when its run goes on, or is over. */
  readonly isTargetFar?: boolean;
  /** What the first compensations that are asked for fail with. */
  readonly compensationsFail?: readonly ("busy" | "for good")[];
  readonly options?: Partial<ResumableOptions<string>>;
  /** Puts something wrong into the store, for the control. */
  readonly spoil?: (store: IdempotencyStore) => IdempotencyStore;
}

interface Known {
  leaseUntilMs: number;
  isRefused: boolean;
}

/** Workers that were given one unit of several steps, each stopped before whatever it does next, on a clock that stands. */
export function sagaWorkers(setting: SagaSetting): World {
  const {
    ends,
    steps = ["charge", "reserve"],
    compensationsFail = [],
    isTargetFar = false,
    isStoreFar = false,
  } = setting;
  const left = {
    expirations: setting.expirations,
    beats: setting.heartbeats ?? 0,
  };
  const losses = { left: setting.losses ?? 0 };
  const failures = [...compensationsFail];
  const memory = memoryStore();
  const store = setting.spoil?.(memory) ?? memory;
  const stage = newStage();
  const rules = sagaRules();
  const known = new Map<number, Known>();
  const outcomes = new Map<number, string>();
  let id = "";

  async function look(): Promise<void> {
    rules.sees(await memory.read(id, rootCall()));
  }

  async function stored<T>(name: string, run: () => Promise<T>): Promise<T> {
    const looked = async (): Promise<T> => {
      const answer = await run();
      await look();
      return answer;
    };
    const answer = await stage.gate(name, looked, losses);
    return isStoreFar ? stage.gate(`${name}: reply`, async () => answer) : answer;
  }

  function storeOf(worker: number): IdempotencyStore {
    return {
      ...memory,
      claim: (request, call) =>
        stored(`${worker} claims`, async () => {
          id = request.id;
          const answer = await store.claim(request, call);
          if (answer.claimed) known.set(worker, { leaseUntilMs: request.leaseUntilMs, isRefused: false });
          return answer;
        }),
      async write(lease, change, call) {
        const what = change.steps === undefined ? kindOf(change) : Object.entries(change.steps).join();
        const answer = await stored(`${worker}: ${what}`, () => store.write(lease, change, call));
        const own = known.get(worker);
        if (own !== undefined && !answer.written) own.isRefused = true;
        else if (own !== undefined) own.leaseUntilMs = change.leaseUntilMs ?? own.leaseUntilMs;
        return answer;
      },
      transact: (items, ending, call) =>
        stored(
          `${worker} transacts`,
          async () => (await store.transact?.(items, ending, call)) ?? { written: true },
        ),
    };
  }

  function isLost(worker: number): boolean {
    const own = known.get(worker);
    return own === undefined || own.isRefused || stage.now() >= own.leaseUntilMs;
  }

  function request(worker: number, effect: Effect, step: string) {
    return wrap(async ({ idempotencyKey }: StepContext) => {
      const arrive = async (): Promise<void> => rules.arrives(effect, step, idempotencyKey);
      if (isTargetFar) await stage.gate(`${worker}'s ${effect} of ${step} arrives`, arrive);
      else await arrive();
    });
  }

  async function effect(
    worker: number,
    what: Effect,
    step: string,
    call: Call,
    context: StepContext,
    given?: unknown,
  ): Promise<string> {
    rules.begins(what, step, isLost(worker), given);
    await stage.gate(`${worker} sends its ${what} of ${step}`, async () => {});
    await request(worker, what, step)(context, call);
    const failure = what === "compensation" ? failures.shift() : undefined;
    if (failure !== undefined)
      throw failure === "busy" ? new Error("busy") : new TerminalError("no such item");
    return `${step} by ${worker}`;
  }

  function end(
    how: SagaSetting["ends"][number],
    answer: string,
    { unit }: WithSteps,
  ): string | Promise<string> {
    if (how === "completes") return answer;
    if (how === "transacts") return unit.transact([() => rules.applies()], answer);
    throw how === "fails" ? new TerminalError("out of stock") : new Error("busy");
  }

  function start(worker: number): Promise<unknown> {
    const how = ends[worker] ?? ends.at(-1) ?? "completes";
    const handle = resumable(
      async (_: string, call) => {
        const begin = (name: string): Promise<string> =>
          call.unit.step(name, (context) => effect(worker, "step", name, call, context), {
            compensate: (result, context) => effect(worker, "compensation", name, call, context, result),
          });
        const answers: string[] = [];
        if (setting.isSideBySide === true) answers.push(...(await Promise.all(steps.map(begin))));
        else for (const name of steps) answers.push(await begin(name));
        return end(how, answers.join(), call);
      },
      {
        store: storeOf(worker),
        operation: "op",
        key: (key) => key,
        leaseMs: LEASE_MS,
        heartbeatMs: worker === 0 && left.beats > 0 && LEASE_MS / 2,
        ...setting.options,
      },
    );
    return stage
      .gate(`${worker} arrives`, () => handle("key", rootCall({ runtime: stage.runtime(worker) })))
      .then(
        (answer) => outcomes.set(worker, `answered ${answer}`),
        (error: Error & { readonly code?: string }) => outcomes.set(worker, error.code ?? error.message),
      );
  }

  function expirations(): readonly Action[] {
    if (left.expirations === 0) return [];
    const run = (): void => {
      left.expirations -= 1;
      stage.advance(LEASE_MS);
    };
    return [{ name: "a lease's time passes", run }];
  }

  function heartbeats(): readonly Action[] {
    if (left.beats === 0) return [];
    return Array.from(stage.timers.keys(), (timer) => ({
      name: "a heart beats",
      run() {
        left.beats -= 1;
        stage.fire(timer);
      },
    }));
  }

  /** Somebody has looked, and lets the next delivery go on. */
  async function settleParked(): Promise<void> {
    const call = rootCall({ runtime: stage.runtime(-1) });
    const seen = await inspect(memory, id, call);
    if (seen?.status !== "unknown") return;
    await settle(memory, seen, { as: "released" }, call);
    await look();
  }

  function settlements(): readonly Action[] {
    if (rules.state() !== "UNKNOWN") return [];
    return [{ name: "somebody settles it", run: () => void settleParked() }];
  }

  ends.forEach((_, worker) => {
    void start(worker);
  });
  return {
    actions: () =>
      outcomes.size === ends.length && stage.gates().length === 0
        ? []
        : [...stage.gates(), ...heartbeats(), ...settlements(), ...expirations()],
    async settle() {
      for (let turn = 0; turn < 60; turn += 1) await Promise.resolve();
    },
    async check() {
      if (rules.broken.length > 0) throw new Error(rules.broken.join("; "));
    },
    async checkEnd() {
      if (outcomes.size < ends.length) throw new Error("a worker never came to an end");
      if (stage.timers.size > 0) throw new Error("a timer was left");
      stage.open();
      for (let worker = ends.length; worker < ends.length + MOST_DELIVERIES; worker += 1) {
        stage.advance(LEASE_MS);
        await settleParked();
        await start(worker);
      }
      rules.checkEnd();
      const answers = new Set([...outcomes.values()].filter((outcome) => outcome.startsWith("answered")));
      if (answers.size > 1) throw new Error(`repeats had different answers: ${[...answers].join("; ")}`);
      if (rules.broken.length > 0) throw new Error(rules.broken.join("; "));
    },
  };
}
