import { equal, type Rule } from "../../rule.ts";
import {
  ask,
  call,
  claimed,
  completion,
  endMs,
  type IdempotencyStoreSubject,
  refusedBy,
  release,
  tombstone,
} from "../subject.ts";
import { claimedWith, noted, overMs, remembered, stepsIn, takenBy, unknown } from "./subject.ts";

/** Until when a record has its steps. */
export const stepLifetimeRules: readonly Rule<IdempotencyStoreSubject>[] = [
  {
    name: "a claim that takes an abandoned key over keeps its steps, and shows them",
    async run(subject) {
      await claimedWith(subject, { a: "1", b: "2" });
      const { lease, took } = await takenBy(subject, ask("b", { nowMs: overMs }));
      equal("took", took.steps, { a: "1", b: "2" });
      await noted(subject, lease, { steps: { c: "3" } });
      equal("steps", await stepsIn(subject), { a: "1", b: "2", c: "3" });
      const third = await takenBy(subject, ask("c", { nowMs: overMs + 10_000 }));
      equal("took", third.took.steps, { a: "1", b: "2", c: "3" });
    },
  },
  {
    name: "a released key keeps its steps, for the claim that takes it",
    async run(subject) {
      await noted(subject, await claimedWith(subject, { a: "1" }), release);
      equal("released", await stepsIn(subject), { a: "1" });
      equal("took", (await takenBy(subject, ask("b"))).took.steps, { a: "1" });
      equal("steps", await stepsIn(subject), { a: "1" });
    },
  },
  {
    name: "a claim whose reply was lost is shown the steps of the record that it took over",
    async run(subject) {
      await noted(subject, await claimedWith(subject, { a: "1" }), release);
      await subject.store.claim(ask("b"), call);
      const found = await refusedBy(subject, ask("b"));
      equal("found", found && [found.owner, found.steps], ["b", { a: "1" }]);
    },
  },
  {
    name: "a claim that replaces an expired record drops its steps, and does not show them",
    async run(subject) {
      const lease = await claimedWith(subject, { a: "1" });
      const late = { nowMs: endMs, replacesFence: lease.fence };
      const answer = await subject.store.claim(ask("b", late), call);
      if (!answer.claimed) throw new Error("The replacement was refused");
      equal("took", answer.took?.steps, undefined);
      equal("read", await stepsIn(subject, lease.id), undefined);
      const next = { ...lease, owner: "b", fence: answer.fence };
      await noted(subject, next, { steps: { b: "2" } });
      equal("steps", await stepsIn(subject), { b: "2" });
    },
  },
  {
    name: "an ending for good drops the steps, also one that it brings",
    async run(subject) {
      for (const change of [completion("42"), tombstone, remembered]) {
        for (const steps of [undefined, { b: "2" }]) {
          const id = `contract#${change.state}#${steps === undefined}`;
          const lease = await claimedWith(subject, { a: "1" }, id);
          await noted(subject, lease, steps === undefined ? change : { ...change, steps });
          const found = await subject.store.read(id, call);
          equal("state", found?.state, change.state);
          equal(`steps of ${change.state}`, found?.steps, undefined);
        }
      }
    },
  },
  {
    name: "an ending that leaves the outcome unknown keeps the steps, for who settles it",
    async run(subject) {
      await noted(subject, await claimedWith(subject, { a: "1" }), unknown);
      const found = await refusedBy(subject, ask("b"));
      equal("found", found && [found.state, found.steps], ["UNKNOWN", { a: "1" }]);
    },
  },
  {
    name: "settling as released keeps the steps, settling for good drops them",
    async run(subject) {
      for (const before of [undefined, unknown]) {
        for (const change of [release, completion("42"), tombstone, remembered]) {
          const id = `contract#${before?.state}#${change.state}`;
          const lease = await claimedWith(subject, { a: "1" }, id);
          if (before !== undefined) await noted(subject, lease, before);
          const seen = { ...lease, state: before?.state ?? ("IN_PROGRESS" as const) };
          const answer = await subject.store.settle(seen, { ...change, owner: "a person" }, call);
          equal("settled", answer.written, true);
          const found = await subject.store.read(id, call);
          equal("state", found?.state, change.state);
          if (change === release) equal("steps", found?.steps, { a: "1" });
          else equal(`steps of ${change.state}`, found?.steps, undefined);
        }
      }
    },
  },
  {
    name: "a record that ended for good and is settled as released takes steps again",
    async run(subject) {
      for (const steps of [undefined, { b: "2" }]) {
        const id = `contract#${steps === undefined}`;
        const first = await claimedWith(subject, { a: "1" }, id);
        await noted(subject, first, completion("42"));
        const change = { ...release, owner: "a person", ...(steps === undefined ? {} : { steps }) };
        await subject.store.settle({ ...first, state: "COMPLETED" }, change, call);
        const { lease, took } = await takenBy(subject, ask("b", { id }));
        equal("took", took.steps, steps);
        await noted(subject, lease, { steps: { c: "3" } });
        equal("steps", await stepsIn(subject, id), { ...steps, c: "3" });
      }
    },
  },
  {
    name: "a record that ended for good, and is settled as something that it stays, takes no steps",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      await noted(subject, lease, completion("42"));
      const change = { owner: "a person", steps: { a: "1" } };
      const answer = await subject.store.settle({ ...lease, state: "COMPLETED" }, change, call);
      equal("settled", answer.written, true);
      const found = await subject.store.read(lease.id, call);
      equal("record", found && [found.state, found.owner, found.steps ?? "none"], [
        "COMPLETED",
        "a person",
        "none",
      ]);
    },
  },
  {
    name: "a refused settlement leaves the steps as they are, and shows them",
    async run(subject) {
      const lease = await claimedWith(subject, { a: "1" });
      const seen = { ...lease, fence: lease.fence + 1, state: "IN_PROGRESS" as const };
      for (const change of [{ ...completion("42"), owner: "a person", steps: { a: "2" } }, undefined]) {
        const answer = await subject.store.settle(seen, change, call);
        equal("answer", !answer.written && answer.found?.steps, { a: "1" });
      }
      equal("steps", await stepsIn(subject), { a: "1" });
    },
  },
  {
    name: "a purged key has no steps",
    async run(subject) {
      const lease = await claimedWith(subject, { a: "1" });
      await subject.store.settle({ ...lease, state: "IN_PROGRESS" }, undefined, call);
      equal("took", await stepsIn(subject, lease.id), undefined);
      await claimed(subject, ask("b"));
      equal("read", await stepsIn(subject, lease.id), undefined);
    },
  },
];
