import { equal, type Rule, rejects } from "../rule.ts";
import {
  ask,
  call,
  claimed,
  completion,
  ending,
  endMs,
  HOUR_MS,
  refusedBy,
  release,
  startMs,
  type TransactingStoreSubject,
  tombstone,
} from "./subject.ts";

/** Effects and ending, together or not at all. */
export const transactionRules: readonly Rule<TransactingStoreSubject>[] = [
  {
    name: "a transaction applies its items and completes the record together",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      const answer = await subject.store.transact(
        [subject.addOne()],
        ending(lease, completion("done")),
        call,
      );
      equal("written", answer.written, true);
      equal("sum", await subject.sum(), 1);
      const found = await refusedBy(subject, ask("b"));
      equal("found", found && [found.state, found.result], ["COMPLETED", "done"]);
    },
  },
  {
    name: "a transaction's record lives until the expiry of its completion",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      const late = { ...tombstone, expiresAtMs: startMs + 2 * HOUR_MS };
      await subject.store.transact([], ending(lease, late), call);
      equal("expiry", (await refusedBy(subject, ask("b", { nowMs: endMs })))?.expiresAtMs, late.expiresAtMs);
    },
  },
  {
    name: "a repeated transaction applies nothing and shows its own record",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      await subject.store.transact([subject.addOne()], ending(lease, completion("done")), call);
      const again = await subject.store.transact([subject.addOne()], ending(lease, completion("done")), call);
      equal("again", !again.written && [again.found?.state, again.found?.owner], ["COMPLETED", "a"]);
      equal("sum", await subject.sum(), 1);
    },
  },
  {
    name: "of two transactions at once one is applied",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      const answers = await Promise.allSettled(
        ["1", "2"].map((result) =>
          subject.store.transact([subject.addOne()], ending(lease, completion(result)), call),
        ),
      );
      equal("sum", await subject.sum(), 1);
      const written = answers.filter((answer) => answer.status === "fulfilled" && answer.value.written);
      equal("written", written.length, 1);
    },
  },
  {
    name: "a stale run's transaction applies nothing",
    async run(subject) {
      const stale = await claimed(subject, ask("a"));
      await claimed(subject, ask("b", { nowMs: startMs + 10_000 }));
      const late = await subject.store.transact([subject.addOne()], ending(stale, tombstone), call);
      equal("written", !late.written && late.found?.owner, "b");
      equal("sum", await subject.sum(), 0);
    },
  },
  {
    name: "neither another owner, nor a released or absent record, completes by a transaction",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      const other = { ...lease, owner: "b" };
      const absent = { ...lease, id: "contract#absent" };
      for (const wrong of [other, absent]) {
        const answer = await subject.store.transact([subject.addOne()], ending(wrong, tombstone), call);
        equal("written", answer.written, false);
      }
      await subject.store.write(lease, release, call);
      const late = await subject.store.transact([subject.addOne()], ending(lease, tombstone), call);
      equal("written", late.written, false);
      equal("sum", await subject.sum(), 0);
    },
  },
  {
    name: "a transaction whose item's condition fails rejects, and completes nothing",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      await rejects("transact", () =>
        subject.store.transact([subject.addOne(), subject.fails()], ending(lease, completion("no")), call),
      );
      equal("sum", await subject.sum(), 0);
      equal("the lease is still held", (await subject.store.write(lease, release, call)).written, true);
    },
  },
  {
    name: "a refused item is told by its place in the list, and the transaction may be tried without it",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      const end = ending(lease, completion("done"));
      const error: unknown = await subject.store
        .transact([subject.addOne(), subject.fails()], end, call)
        .catch((thrown: unknown) => thrown);
      const { code, refused } = Object(error);
      equal("code", code, "IDEMPOTENCY_ITEM_REFUSED");
      equal("refused", Array.isArray(refused) && refused.map(({ index }) => index), [1]);
      equal("written", (await subject.store.transact([subject.addOne()], end, call)).written, true);
      equal("sum", await subject.sum(), 1);
    },
  },
  {
    name: "a change that is known only when the items are through is written with them",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      const change = async () => completion("late");
      const answer = await subject.store.transact([subject.addOne()], { lease, change }, call);
      equal("written", answer.written, true);
      equal("sum", await subject.sum(), 1);
      const found = await refusedBy(subject, ask("b"));
      equal("found", found && [found.state, found.result], ["COMPLETED", "late"]);
    },
  },
  {
    name: "a change that cannot be had stops the transaction: nothing is applied or completed",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      const change = async () => {
        throw new Error("the result could not be kept");
      };
      await rejects("transact", () => subject.store.transact([subject.addOne()], { lease, change }, call));
      equal("sum", await subject.sum(), 0);
      equal("the lease is still held", (await subject.store.write(lease, release, call)).written, true);
    },
  },
  {
    name: "a stale run's transaction with a late change applies nothing",
    async run(subject) {
      const stale = await claimed(subject, ask("a"));
      await claimed(subject, ask("b", { nowMs: startMs + 10_000 }));
      const late = { lease: stale, change: async () => tombstone };
      equal("written", (await subject.store.transact([subject.addOne()], late, call)).written, false);
      equal("sum", await subject.sum(), 0);
    },
  },
  {
    name: "a transaction without an ending applies its items alone",
    async run(subject) {
      equal("transact", (await subject.store.transact([subject.addOne()], undefined, call)).written, true);
      equal("sum", await subject.sum(), 1);
    },
  },
  {
    name: "a transaction without items completes the record",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      equal(
        "transact",
        (await subject.store.transact([], ending(lease, completion("1")), call)).written,
        true,
      );
      equal("state", (await subject.store.read(lease.id, call))?.state, "COMPLETED");
    },
  },
];
