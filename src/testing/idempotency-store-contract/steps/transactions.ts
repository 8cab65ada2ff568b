import { equal, type Rule, rejects } from "../../rule.ts";
import {
  ask,
  call,
  completion,
  ending,
  release,
  type TransactingStoreSubject,
  tombstone,
} from "../subject.ts";
import { claimedWith, stepsIn, takenBy } from "./subject.ts";

/** What becomes of steps in transactions. */
export const stepTransactionRules: readonly Rule<TransactingStoreSubject>[] = [
  {
    name: "a transaction that ends a record for good drops its steps",
    async run(subject) {
      for (const change of [completion("42"), tombstone]) {
        const id = `contract#${change.state}`;
        const lease = await claimedWith(subject, { a: "1" }, id);
        const answer = await subject.store.transact([subject.addOne()], ending(lease, change), call);
        equal("written", answer.written, true);
        equal("steps", await stepsIn(subject, id), undefined);
      }
    },
  },
  {
    name: "a transaction adds the steps of an ending that keeps them, together with its items",
    async run(subject) {
      const lease = await claimedWith(subject, { a: "1" });
      const change = { ...release, steps: { b: "2" } };
      const answer = await subject.store.transact([subject.addOne()], ending(lease, change), call);
      equal("written", answer.written, true);
      equal("sum", await subject.sum(), 1);
      equal("took", (await takenBy(subject, ask("b"))).took.steps, { a: "1", b: "2" });
    },
  },
  {
    name: "a transaction that is refused, or whose item fails, leaves the steps as they are",
    async run(subject) {
      const lease = await claimedWith(subject, { a: "1" });
      const other = ending({ ...lease, owner: "b" }, completion("42"));
      const refused = await subject.store.transact([subject.addOne()], other, call);
      equal("refused", !refused.written && refused.found?.steps, { a: "1" });
      await rejects("transact", () =>
        subject.store.transact([subject.fails()], ending(lease, completion("42")), call),
      );
      equal("steps", await stepsIn(subject), { a: "1" });
      equal("sum", await subject.sum(), 0);
    },
  },
];
