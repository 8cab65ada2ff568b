import { equal, type Rule } from "../../rule.ts";
import {
  ask,
  call,
  claimed,
  completion,
  type IdempotencyStoreSubject,
  refusedBy,
  release,
  startMs,
  tombstone,
} from "../subject.ts";
import { claimedWith, noted, overMs, remembered, stepsIn, takenBy, unknown } from "./subject.ts";

/** How steps are written. */
export const stepWriteRules: readonly Rule<IdempotencyStoreSubject>[] = [
  {
    name: "a step that a run writes is shown by a read and by a refused claim, and nothing else has changed",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      const before = await subject.store.read(lease.id, call);
      await noted(subject, lease, { steps: { charge: '{"paid":"ä€😀"}' } });
      const after = { ...before, steps: { charge: '{"paid":"ä€😀"}' } };
      equal("read", await subject.store.read(lease.id, call), after);
      equal("found", await refusedBy(subject, ask("b")), after);
    },
  },
  {
    name: "a record without steps shows none at all, not an empty list of them",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      equal("read", await stepsIn(subject, lease.id), undefined);
      equal("found", (await refusedBy(subject, ask("b")))?.steps, undefined);
      await noted(subject, lease, { steps: {} });
      equal("after a write of none", await stepsIn(subject, lease.id), undefined);
      const { took } = await takenBy(subject, ask("b", { nowMs: overMs }));
      equal("took", took?.steps, undefined);
    },
  },
  {
    name: "a step is added to those of the record, and replaces the one of its name",
    async run(subject) {
      const lease = await claimedWith(subject, { a: "1", b: "2" });
      await noted(subject, lease, { steps: { b: "3", c: "" } });
      equal("steps", await stepsIn(subject), { a: "1", b: "3", c: "" });
      await noted(subject, lease, { steps: {} });
      equal("after a write of none", await stepsIn(subject), { a: "1", b: "3", c: "" });
    },
  },
  {
    name: "twenty steps that are written at once are all kept",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      const steps = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`s${index}`, `${index}`]));
      const answers = await Promise.all(
        Object.entries(steps).map(([name, text]) =>
          subject.store.write(lease, { steps: { [name]: text } }, call),
        ),
      );
      equal("written", answers.filter((answer) => answer.written).length, 20);
      equal("steps", await stepsIn(subject), steps);
    },
  },
  {
    name: "steps and heartbeats at once do not undo each other",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      const until = overMs + 5_000;
      await Promise.all([
        subject.store.write(lease, { steps: { a: "1" } }, call),
        subject.store.write(lease, { leaseUntilMs: until }, call),
        subject.store.write(lease, { steps: { b: "2" } }, call),
      ]);
      const found = await subject.store.read(lease.id, call);
      equal("record", found && [found.leaseUntilMs, found.steps], [until, { a: "1", b: "2" }]);
    },
  },
  {
    name: "a step that is written again, for its reply was lost, is written once",
    async run(subject) {
      const lease = await claimedWith(subject, { a: "1" });
      await noted(subject, lease, { steps: { a: "1" } });
      equal("steps", await stepsIn(subject), { a: "1" });
    },
  },
  {
    name: "a step and another change are one write: both are made, or neither",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      const until = overMs + 5_000;
      await noted(subject, lease, { steps: { a: "1" }, leaseUntilMs: until });
      const late = await subject.store.write(lease, { steps: { a: "2" }, leaseUntilMs: overMs }, call);
      equal("late", late.written, false);
      const found = await subject.store.read(lease.id, call);
      equal("record", found && [found.leaseUntilMs, found.steps], [until, { a: "1" }]);
      await noted(subject, lease, { ...release, steps: { b: "2" } });
      const released = await subject.store.read(lease.id, call);
      equal("released", released && [released.state, released.steps], ["RELEASED", { a: "1", b: "2" }]);
    },
  },
  {
    name: "a run whose lease another took over writes no step, and is shown those of the record",
    async run(subject) {
      const stale = await claimedWith(subject, { a: "1" });
      const { lease } = await takenBy(subject, ask("b", { nowMs: overMs }));
      for (const wrong of [stale, { ...stale, owner: "b" }, { ...lease, owner: "a" }]) {
        const answer = await subject.store.write(wrong, { steps: { a: "2", b: "2" } }, call);
        equal("answer", !answer.written && answer.found?.steps, { a: "1" });
      }
      equal("steps", await stepsIn(subject), { a: "1" });
    },
  },
  {
    name: "a record that is no longer in progress takes no step",
    async run(subject) {
      for (const change of [release, unknown, completion("42"), tombstone, remembered]) {
        const id = `contract#${change.state}`;
        const lease = await claimed(subject, ask("a", { id }));
        await noted(subject, lease, change);
        equal("late", (await subject.store.write(lease, { steps: { a: "1" } }, call)).written, false);
        equal("read", await stepsIn(subject, id), undefined);
      }
      const absent = { id: "contract#absent", owner: "a", fence: startMs + 1 };
      const answer = await subject.store.write(absent, { steps: { a: "1" } }, call);
      equal("absent", answer, { written: false, found: undefined });
      equal("read", await subject.store.read(absent.id, call), undefined);
    },
  },
];
