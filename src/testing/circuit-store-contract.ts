import type { SharedCircuit } from "../circuit-breaker/shared/item.ts";
import type { CircuitStore } from "../circuit-breaker/shared/store.ts";
import { rootCall } from "../core/root-call.ts";
import { equal, type Rule, rejects } from "./rule.ts";

/** A circuit store under test. */
export interface CircuitStoreSubject {
  readonly store: CircuitStore;
}

const call = rootCall();
const expiresAtMs = 4_000_000_000_000;

const open: SharedCircuit = {
  epoch: 3,
  state: "OPEN",
  token: "first",
  sinceMs: 1_700_000_000_001,
  untilMs: 1_700_000_010_002,
  openings: 2,
  successes: 1,
  probeUntilMs: 1_700_000_020_003,
  alert: "",
  alertUntilMs: 0,
  share: 1,
};
const closed: SharedCircuit = {
  ...open,
  epoch: 4,
  state: "CLOSED",
  token: "second",
  untilMs: 0,
  alert: "4.1700000030000",
  alertUntilMs: 1_700_000_090_000,
  share: 0.125,
};

/**
 * What every circuit store must do, as rules that any test runner can run: one fresh subject each.
 *
 * @example
 * ```ts
 * for (const rule of circuitStoreContract) {
 *   test(rule.name, () => rule.run({ store: memoryCircuitStore() }));
 * }
 * ```
 */
export const circuitStoreContract: readonly Rule<CircuitStoreSubject>[] = [
  {
    name: "a circuit that nobody wrote is not there",
    async run({ store }) {
      equal("the item", await store.read("bank", call), undefined);
    },
  },
  {
    name: "what was written comes back whole, and so does what replaces it",
    async run({ store }) {
      equal("the write", await store.replace("bank", undefined, open, call), { written: true });
      equal("the item", await store.read("bank", call), open);
      equal("the second write", await store.replace("bank", "first", closed, call), { written: true });
      equal("the second item", await store.read("bank", call), closed);
    },
  },
  {
    name: "a write that expects no item is refused by one, and shown it",
    async run({ store }) {
      await store.replace("bank", undefined, open, call);
      const answer = await store.replace("bank", undefined, closed, call);
      equal("the answer", answer, { written: false, found: open });
      equal("the item", await store.read("bank", call), open);
    },
  },
  {
    name: "a write that saw another token is refused, and shown what is there",
    async run({ store }) {
      const before = await store.replace("bank", "first", closed, call);
      equal("the answer where nothing is", before, { written: false, found: undefined });
      await store.replace("bank", undefined, open, call);
      await store.replace("bank", "first", closed, call);
      const late = await store.replace("bank", "first", { ...open, token: "late" }, call);
      equal("the late answer", late, { written: false, found: closed });
      equal("the item", await store.read("bank", call), closed);
    },
  },
  {
    name: "a write that comes twice, as after a lost reply, finds itself",
    async run({ store }) {
      await store.replace("bank", undefined, open, call);
      await store.replace("bank", "first", closed, call);
      const again = await store.replace("bank", "first", closed, call);
      equal("the answer", again, { written: false, found: closed });
    },
  },
  {
    name: "of many writes at once that saw the same, one is done",
    async run({ store }) {
      await store.replace("bank", undefined, open, call);
      const answers = await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          store.replace("bank", "first", { ...closed, token: `writer-${index}` }, call),
        ),
      );
      const winner = answers.findIndex(({ written }) => written);
      equal("the number of writes that were done", answers.filter(({ written }) => written).length, 1);
      equal("the token", (await store.read("bank", call))?.token, `writer-${winner}`);
    },
  },
  {
    name: "circuits of all the names they may have are told apart",
    async run({ store }) {
      const names = ["bank", "Bank", "bank ", "bank#1", "bank/1", "bank\\1"];
      for (const name of names) await store.replace(name, undefined, { ...open, token: name }, call);
      for (const name of names) equal(`"${name}"`, (await store.read(name, call))?.token, name);
    },
  },
  {
    name: "reports add up, each alert of each circuit for itself, and leave the circuit alone",
    async run({ store }) {
      await store.replace("bank", undefined, closed, call);
      const add = (circuit: string, alert: string, weight: number) =>
        store.count(circuit, alert, { weight, expiresAtMs }, call);
      equal("the first sum", await add("bank", "a", 4), { score: 4, reports: 1 });
      equal("the second sum", await add("bank", "a", -3), { score: 1, reports: 2 });
      equal("another alert's", await add("bank", "b", -4), { score: -4, reports: 1 });
      equal("another circuit's", await add("post", "a", 2), { score: 2, reports: 1 });
      equal("the item", await store.read("bank", call), closed);
    },
  },
  {
    name: "of many reports at once none is lost",
    async run({ store }) {
      await Promise.all(
        Array.from({ length: 8 }, () => store.count("bank", "a", { weight: -2, expiresAtMs }, call)),
      );
      const sum = await store.count("bank", "a", { weight: 0, expiresAtMs }, call);
      equal("the sum", sum, { score: -16, reports: 9 });
    },
  },
  {
    name: "a call that is over reads, writes and counts nothing",
    async run({ store }) {
      const over = rootCall({ signal: AbortSignal.abort(new Error("over")) });
      await rejects("the write", () => store.replace("bank", undefined, open, over));
      await rejects("the report", () => store.count("bank", "a", { weight: 1, expiresAtMs }, over));
      equal("the item", await store.read("bank", call), undefined);
      await rejects("the read", () => store.read("bank", over));
    },
  },
];
