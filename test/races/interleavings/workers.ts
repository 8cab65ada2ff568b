import { rootCall, wrap } from "holdfast";
import {
  type IdempotencyRecord,
  type IdempotencyStore,
  type IdempotentOptions,
  idempotent,
  type Lease,
} from "holdfast/idempotency";
import { memoryStore } from "holdfast/idempotency/memory";
import type { Action, World } from "./every-order.ts";
import { newStage } from "./stage.ts";

const LEASE_MS = 1_000;
const REMEMBER_MS = 100_000;

export interface Setting {
  /** What each worker's function does at its end. */
  readonly ends: readonly ("completes" | "fails" | "transacts")[];
  /** How often the clock may pass the length of a lease. */
  readonly expirations: number;
  /** Whether it may also pass the expiry of the record, once. */
  readonly clears?: boolean;
  /** How many heartbeats there may be in all. */
  readonly heartbeats?: number;
  /** Whether the store's replies are delivered apart from what it does. */
  readonly replies?: boolean;
  readonly options?: Partial<IdempotentOptions<string>>;
  /** Has the effect without a wrapped call, for the control. */
  readonly isBare?: boolean;
  /** Puts something wrong into the store, for the control. */
  readonly spoil?: (store: IdempotencyStore) => IdempotencyStore;
}

/** What a worker knows of its lease. */
interface Known {
  readonly fence: number;
  leaseUntilMs: number;
  isRefused: boolean;
}

/** Workers that were given one key, each stopped before whatever it does next, on a clock that stands. */
export function workers(setting: Setting): World {
  const { ends, clears = false, replies = false } = setting;
  const left = { expirations: setting.expirations, clears: clears ? 1 : 0, beats: setting.heartbeats ?? 0 };
  const memory = memoryStore();
  const store = setting.spoil?.(memory) ?? memory;
  const stage = newStage();
  const { gate, timers } = stage;
  const outcomes = new Map<number, string>();
  const known = new Map<number, Known>();
  const completions = new Map<number, string>();
  const violations: string[] = [];
  let id = "";
  let seen: IdempotencyRecord | undefined;
  let transacted = 0;

  async function stored<T>(name: string, run: () => Promise<T>): Promise<T> {
    const answer = await gate(name, run);
    return replies ? gate(`${name}: reply`, async () => answer) : answer;
  }

  function completed({ fence }: Lease, by: number): void {
    const earlier = completions.get(fence);
    if (earlier !== undefined) violations.push(`fence ${fence} was completed by ${earlier} and by ${by}`);
    completions.set(fence, String(by));
  }

  function storeOf(worker: number): IdempotencyStore {
    return {
      ...memory,
      claim: (request, call) =>
        stored(`${worker} claims`, async () => {
          id = request.id;
          const answer = await store.claim(request, call);
          const { leaseUntilMs } = request;
          if (answer.claimed) known.set(worker, { fence: answer.fence, leaseUntilMs, isRefused: false });
          return answer;
        }),
      async write(lease, change, call) {
        const answer = await stored(`${worker} ${change.state ?? "beats"}`, async () => {
          const done = await store.write(lease, change, call);
          if (done.written && change.state?.startsWith("COMPLETED")) completed(lease, worker);
          return done;
        });
        const lost = known.get(worker);
        if (lost !== undefined && change.leaseUntilMs !== undefined) {
          if (answer.written) lost.leaseUntilMs = change.leaseUntilMs;
          else lost.isRefused = true;
        }
        return answer;
      },
      transact: (items, ending, call) =>
        stored(`${worker} transacts`, async () => {
          const answer = (await store.transact?.(items, ending, call)) ?? { written: true as const };
          if (answer.written && ending !== undefined) completed(ending.lease, worker);
          return answer;
        }),
    };
  }

  async function effect(worker: number): Promise<void> {
    const lease = known.get(worker);
    if (lease === undefined || stage.now() >= lease.leaseUntilMs || lease.isRefused) {
      violations.push(`worker ${worker} began an effect although its lease was lost`);
    }
  }
  const append = setting.isBare === true ? effect : wrap(effect);

  function start(worker: number): void {
    const runtime = stage.runtime(worker);
    const handle = idempotent(
      async (_: string, call) => {
        await gate(`${worker} has its effect`, async () => {});
        await append(worker, call);
        if (ends[worker] === "fails") throw new Error("failed");
        if (ends[worker] === "completes") return `${worker}`;
        const add = (): void => {
          transacted += 1;
        };
        return call.unit.transact([add], `${worker}`);
      },
      {
        store: storeOf(worker),
        operation: "op",
        key: (key) => key,
        leaseMs: LEASE_MS,
        heartbeatMs: left.beats > 0 && LEASE_MS / 2,
        rememberMs: REMEMBER_MS,
        ...setting.options,
      },
    );
    gate(`${worker} arrives`, () => handle("key", rootCall({ runtime }))).then(
      (answer) => outcomes.set(worker, `answered ${answer}`),
      (error: Error & { readonly code?: string }) => outcomes.set(worker, error.code ?? error.message),
    );
  }

  function mayPass(kind: "expirations" | "clears", name: string, ms: number): readonly Action[] {
    if (left[kind] === 0) return [];
    const run = (): void => {
      left[kind] -= 1;
      stage.advance(ms);
    };
    return [{ name, run }];
  }

  function heartbeats(): readonly Action[] {
    if (left.beats === 0) return [];
    return Array.from(timers, ([fire, worker]) => ({
      name: `${worker}'s heart beats`,
      run() {
        left.beats -= 1;
        stage.fire(fire);
      },
    }));
  }

  ends.forEach((_, worker) => {
    start(worker);
  });
  return {
    actions: () =>
      outcomes.size === ends.length && stage.gates().length === 0
        ? []
        : [
            ...stage.gates(),
            ...heartbeats(),
            ...mayPass("expirations", "a lease's time passes", LEASE_MS),
            ...mayPass("clears", "the record expires", REMEMBER_MS + LEASE_MS),
          ],
    async settle() {
      for (let turn = 0; turn < 50; turn += 1) await Promise.resolve();
    },
    async check() {
      const now = await memory.read(id, rootCall());
      const isDone = seen?.state.startsWith("COMPLETED") && seen.expiresAtMs > stage.now();
      if (isDone && (now?.result !== seen?.result || now?.fence !== seen?.fence)) {
        violations.push("a completed result was replaced");
      }
      seen = now;
      if (violations.length > 0) throw new Error(violations.join("; "));
    },
    checkEnd() {
      const answers = [...outcomes.values()].filter((outcome) => outcome.startsWith("answered"));
      const wrong = [
        outcomes.size < ends.length && "a worker never came to an end",
        timers.size > 0 && "a timer was left",
        !clears && completions.size > 1 && "one key was completed twice",
        !clears && new Set(answers).size > 1 && `repeats had different answers: ${answers.join(", ")}`,
        !clears && transacted > 1 && "a transaction was applied twice",
        answers.some((answer) => ![...completions.values()].includes(answer.slice(9))) &&
          "an answer was given that nobody recorded",
      ].filter((one) => one !== false);
      if (wrong.length > 0) throw new Error(wrong.join("; "));
    },
  };
}
