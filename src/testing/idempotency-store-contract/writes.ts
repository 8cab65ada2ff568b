import { equal, type Rule } from "../rule.ts";
import {
  ask,
  call,
  claimed,
  completion,
  endMs,
  HOUR_MS,
  type IdempotencyStoreSubject,
  refusedBy,
  release,
  startMs,
  tombstone,
} from "./subject.ts";

/** What a run may write, and when it no longer may. */
export const writeRules: readonly Rule<IdempotencyStoreSubject>[] = [
  {
    name: "a completed record shows its result, its owner, and when it was completed",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      equal("written", (await subject.store.write(lease, completion("42"), call)).written, true);
      const found = await refusedBy(subject, ask("b", { nowMs: startMs + 60_000 }));
      equal("found", found && [found.state, found.result, found.owner, found.atMs], [
        "COMPLETED",
        "42",
        "a",
        startMs + 5,
      ]);
    },
  },
  {
    name: "results come back as they were, whatever characters they are made of",
    async run(subject) {
      const result = JSON.stringify({ text: "ß 漢 🎉 \\ ' \" % $1 {} \u2028", zero: 0 });
      await subject.store.write(await claimed(subject, ask("a")), completion(result), call);
      equal("result", (await refusedBy(subject, ask("b")))?.result, result);
    },
  },
  {
    name: "a completion without a result is told from one with an empty result",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      await subject.store.write(lease, tombstone, call);
      const found = await refusedBy(subject, ask("b"));
      equal("found", found && [found.state, found.result], ["COMPLETED_NO_RESULT", undefined]);
    },
  },
  {
    name: "a repeated completion shows its own record: the first reply was lost",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      await subject.store.write(lease, completion("1"), call);
      const again = await subject.store.write(lease, completion("1"), call);
      equal("again", !again.written && [again.found?.state, again.found?.owner, again.found?.fence], [
        "COMPLETED",
        "a",
        lease.fence,
      ]);
    },
  },
  {
    name: "a completed record lives until the expiry of its completion",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      await subject.store.write(lease, completion("1", { expiresAtMs: startMs + 2 * HOUR_MS }), call);
      const found = await refusedBy(subject, ask("b", { nowMs: endMs }));
      equal("expiry", found?.expiresAtMs, startMs + 2 * HOUR_MS);
    },
  },
  {
    name: "a heartbeat moves the lease and the expiry, and nothing else",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      const beat = { leaseUntilMs: startMs + 30_000, expiresAtMs: endMs + 9_000 };
      equal("written", (await subject.store.write(lease, beat, call)).written, true);
      const found = await refusedBy(subject, ask("b", { nowMs: startMs + 29_999 }));
      equal("found", found, {
        version: 1,
        state: "IN_PROGRESS",
        owner: "a",
        fence: lease.fence,
        ...beat,
        atMs: startMs,
        payloadHash: "payload",
      });
      await claimed(subject, ask("b", { nowMs: startMs + 30_000 }));
    },
  },
  {
    name: "a heartbeat that arrives after a later one is refused, and the lease stays as it is",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      await subject.store.write(lease, { leaseUntilMs: startMs + 30_000 }, call);
      const late = await subject.store.write(lease, { leaseUntilMs: startMs + 20_000 }, call);
      equal("late", !late.written && [late.found?.owner, late.found?.state, late.found?.leaseUntilMs], [
        "a",
        "IN_PROGRESS",
        startMs + 30_000,
      ]);
    },
  },
  {
    name: "a heartbeat may come again: its reply was lost",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      const beat = { leaseUntilMs: startMs + 30_000, expiresAtMs: endMs };
      await subject.store.write(lease, beat, call);
      equal("again", (await subject.store.write(lease, beat, call)).written, true);
    },
  },
  {
    name: "a stale run can neither beat, complete nor release what another has taken over",
    async run(subject) {
      const stale = await claimed(subject, ask("a"));
      const current = await claimed(subject, ask("b", { nowMs: startMs + 10_000 }));
      for (const change of [{ leaseUntilMs: endMs }, completion("stale"), release, tombstone]) {
        const answer = await subject.store.write(stale, change, call);
        equal("answer", !answer.written && answer.found?.owner, "b");
      }
      equal("current", (await subject.store.write(current, completion("good"), call)).written, true);
    },
  },
  {
    name: "the right owner under the wrong fence writes nothing",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      const wrong = { ...lease, fence: lease.fence + 1 };
      equal("complete", (await subject.store.write(wrong, completion("1"), call)).written, false);
      equal("release", (await subject.store.write(wrong, release, call)).written, false);
    },
  },
  {
    name: "another owner under the right fence writes nothing",
    async run(subject) {
      const wrong = { ...(await claimed(subject, ask("a"))), owner: "b" };
      equal("complete", (await subject.store.write(wrong, completion("1"), call)).written, false);
      equal("release", (await subject.store.write(wrong, release, call)).written, false);
    },
  },
  {
    name: "a lease on a key that has no record writes nothing, and shows none",
    async run(subject) {
      const lease = { id: "contract#absent", owner: "a", fence: startMs + 1 };
      for (const change of [completion("1"), release]) {
        equal("answer", await subject.store.write(lease, change, call), { written: false, found: undefined });
      }
      equal("read", await subject.store.read(lease.id, call), undefined);
    },
  },
  {
    name: "a repeated release is refused and changes nothing",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      await subject.store.write(lease, release, call);
      const again = await subject.store.write(lease, release, call);
      equal("again", !again.written && again.found?.state, "RELEASED");
    },
  },
  {
    name: "a record that is no longer in progress cannot be completed",
    async run(subject) {
      for (const change of [release, completion("first"), tombstone]) {
        const id = `contract#${change.state}`;
        const lease = await claimed(subject, ask("a", { id }));
        await subject.store.write(lease, change, call);
        equal("complete", (await subject.store.write(lease, completion("late"), call)).written, false);
        equal("state", (await subject.store.read(id, call))?.state, change.state);
      }
    },
  },
];
