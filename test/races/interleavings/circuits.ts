import { type Fact, observed, rootCall, wrap } from "holdfast";
import {
  type CircuitStore,
  circuitBreaker,
  consecutiveFailures,
  operateCircuit,
  type SharedCircuit,
} from "holdfast/circuit-breaker";
import { memoryCircuitStore } from "holdfast/testing";
import type { Action, World } from "./every-order.ts";
import { newStage } from "./stage.ts";

export interface CircuitSetting {
  /** How each environment's call would end, if it went through as the probe. */
  readonly ends: readonly ("well" | "down")[];
  /** How often the clock may go on, and by how much: the length of a lease, unless it is told. */
  readonly expirations?: number;
  readonly passingMs?: number;
  /** How many replies of the store may be lost after its work was done. */
  readonly losses?: number;
  /** How often a wait may end before what it waits for: a store's cap, a probe's timeout. */
  readonly timeouts?: number;
  /** What an operator may do in between. */
  readonly hand?: "open" | "closed" | "isolated";
  /** The second environment's clock is ahead by so much. */
  readonly skewMs?: number;
  /** Puts something wrong into the store, for the control. */
  readonly spoil?: (store: CircuitStore) => CircuitStore;
}

const PROBE_TIMEOUT_MS = 2_000;
const HOUR_MS = 3_600_000;
const OPERATOR = "operator";

/** Environments with one call each, on a circuit that has cooled down, each stopped before whatever it does next, on a clock that stands. */
export function circuits(setting: CircuitSetting): World {
  const { ends, skewMs = 0, passingMs = 4_000, hand } = setting;
  const left = {
    expirations: setting.expirations ?? 0,
    timeouts: setting.timeouts ?? 0,
    hands: hand === undefined ? 0 : 1,
  };
  const losses = { left: setting.losses ?? 0 };
  const stage = newStage();
  const memory = memoryCircuitStore();
  const store = setting.spoil?.(memory) ?? memory;
  const broken: string[] = [];
  const settled = new Set<number>();
  let before: SharedCircuit | undefined;
  let leaseHolder: { readonly epoch: number; readonly by: string; readonly untilMs: number } | undefined;
  let lastProbeUntilMs = 0;

  /** What must hold of each write that was done, by whom and after what it may come. */
  function wrote(item: SharedCircuit, by: string): void {
    const was = before;
    before = item;
    if (was !== undefined && item.epoch < was.epoch) broken.push("the epoch fell");
    if (by === OPERATOR) {
      leaseHolder = undefined;
      return;
    }
    if (was?.state === "ISOLATED") broken.push(`${by} ended an isolation`);
    const isLease = item.probeUntilMs > 0 && item.probeUntilMs !== was?.probeUntilMs;
    if (isLease) {
      if (leaseHolder?.epoch === item.epoch && stage.now() < leaseHolder.untilMs)
        broken.push(`${by} was given a lease while ${leaseHolder.by} had one`);
      leaseHolder = { epoch: item.epoch, by, untilMs: item.probeUntilMs };
      return;
    }
    if (item.state === "CLOSED" && was?.state === "OPEN" && leaseHolder?.by !== by)
      broken.push(`${by} closed what it did not probe`);
    if (item.state === "OPEN" && leaseHolder?.by !== by) broken.push(`${by} opened what it did not probe`);
    leaseHolder = undefined;
  }

  function storeOf(by: string): CircuitStore {
    return {
      ...store,
      read: (circuit, call) => stage.gate(`${by} reads`, () => store.read(circuit, call), losses),
      replace: (circuit, seen, item) =>
        stage.gate(
          `${by} writes ${item.state}`,
          async () => {
            // What was sent arrives, whether or not anybody still waits for the reply.
            const answer = await store.replace(circuit, seen, item, rootCall());
            if (answer.written) wrote(item, by);
            return answer;
          },
          losses,
        ),
      count: (circuit, alert, report, call) => store.count(circuit, alert, report, call),
    };
  }

  const runtimeOf = (worker: number) => {
    const own = stage.runtime(worker);
    return { ...own, now: () => own.now() + worker * skewMs };
  };
  const runtime = stage.runtime(99);
  const operator = (to: "open" | "closed" | "isolated") => {
    const replace: CircuitStore["replace"] = async (circuit, seen, item, call) => {
      const answer = await memory.replace(circuit, seen, item, call);
      if (answer.written) wrote(item, OPERATOR);
      return answer;
    };
    return operateCircuit({ store: { ...memory, replace }, name: "bank", to }, rootCall({ runtime }));
  };

  let hasRecovered = false;
  const asks = ends.map((end, worker) => {
    const by = `environment ${worker}`;
    const breaker = circuitBreaker<string>({
      name: "bank",
      store: storeOf(by),
      trip: consecutiveFailures(5),
      probeTimeoutMs: PROBE_TIMEOUT_MS,
      probesToClose: 1,
      sharing: { rampMs: 0 },
    });
    const begins = (fact: Fact): void => {
      if (fact.type !== "circuit.probed" || hasRecovered) return;
      if (stage.now() < lastProbeUntilMs) broken.push(`${by} probes while another probe may be on`);
      if (leaseHolder?.by !== by || stage.now() >= leaseHolder.untilMs)
        broken.push(`${by} probes without a lease`);
      lastProbeUntilMs = stage.now() + PROBE_TIMEOUT_MS;
    };
    const answer = async (): Promise<string> => {
      if (end === "down" && !hasRecovered) throw new Error("down");
      return "well";
    };
    const ask = wrap(
      () => (hasRecovered ? answer() : stage.gate(`${by} is answered: ${end}`, answer)),
      observed(begins),
      breaker,
    );
    return () => ask(undefined, rootCall({ runtime: runtimeOf(worker) }));
  });

  async function settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  }

  let isBegun = false;
  function spent(kind: keyof typeof left, name: string, run: () => void): readonly Action[] {
    if (left[kind] === 0 || settled.size === ends.length) return [];
    return [
      {
        name,
        run() {
          left[kind] -= 1;
          run();
        },
      },
    ];
  }

  return {
    actions: () => [
      ...stage.gates(),
      ...spent("expirations", "time passes", () => stage.advance(passingMs)),
      ...spent("hands", `an operator: ${hand}`, () => void operator(hand ?? "open")),
      ...Array.from(stage.timers).flatMap(([timer, worker]) =>
        spent("timeouts", `a wait of environment ${worker} ends`, () => stage.fire(timer)),
      ),
    ],
    async settle() {
      if (!isBegun) {
        isBegun = true;
        await operator("open");
        stage.advance(13_000);
        for (const [worker, ask] of asks.entries()) {
          const over = (): void => void settled.add(worker);
          ask().then(over, over);
        }
      }
      await settle();
    },
    async check() {
      if (broken.length > 0) throw new Error(broken.join("; "));
    },
    async checkEnd() {
      // Well again, and after a while: whatever happened before, it closes, unless somebody has isolated it.
      hasRecovered = true;
      stage.open();
      for (let hour = 0; hour < 3; hour++) {
        stage.advance(HOUR_MS);
        for (const ask of asks) {
          await ask().catch(() => {});
          await settle();
        }
      }
      const expected = before?.state === "ISOLATED" ? "ISOLATED" : "CLOSED";
      const found = await memory.read("bank", rootCall());
      if (found?.state !== expected) throw new Error(`it is ${found?.state} in the end`);
      if (settled.size < ends.length) throw new Error("a call never settled");
      if (broken.length > 0) throw new Error(broken.join("; "));
    },
  };
}
