import { equal, type Rule } from "../rule.ts";
import {
  ask,
  call,
  claimed,
  completion,
  type IdempotencyStoreSubject,
  refusedBy,
  release,
  startMs,
} from "./subject.ts";

/** What a person may do to a record that was looked at. */
export const settlingRules: readonly Rule<IdempotencyStoreSubject>[] = [
  {
    name: "reading shows the record as a refused claim does, and undefined where there is none",
    async run(subject) {
      equal("read", await subject.store.read("contract#key", call), undefined);
      await subject.store.write(await claimed(subject, ask("a")), completion("42"), call);
      equal("read", await subject.store.read("contract#key", call), await refusedBy(subject, ask("b")));
    },
  },
  {
    name: "a record can be settled while it is as it was seen, for someone else than its run",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      const settled = { ...completion("by hand"), owner: "a person" };
      equal(
        "settled",
        (await subject.store.settle({ ...lease, state: "IN_PROGRESS" }, settled, call)).written,
        true,
      );
      const found = await refusedBy(subject, ask("b", { nowMs: startMs + 60_000 }));
      equal("found", found && [found.state, found.result, found.owner, found.fence], [
        "COMPLETED",
        "by hand",
        "a person",
        lease.fence,
      ]);
      equal("the run", (await subject.store.write(lease, completion("late"), call)).written, false);
    },
  },
  {
    name: "a record that has changed since it was seen is neither settled nor purged, and shown",
    async run(subject) {
      const seen = { ...(await claimed(subject, ask("a"))), state: "IN_PROGRESS" as const };
      await subject.store.write(seen, completion("42"), call);
      for (const change of [{ ...release, owner: "a person" }, undefined]) {
        const answer = await subject.store.settle(seen, change, call);
        equal("answer", !answer.written && answer.found?.result, "42");
      }
      const later = { ...seen, state: "COMPLETED" as const };
      for (const wrong of [{ fence: seen.fence - 1 }, { owner: "b" }]) {
        equal("purge", (await subject.store.settle({ ...later, ...wrong }, undefined, call)).written, false);
      }
    },
  },
  {
    name: "a purged key is as new, under a fence that is no lower",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      await subject.store.write(lease, completion("42"), call);
      const purged = await subject.store.settle({ ...lease, state: "COMPLETED" }, undefined, call);
      equal("purged", purged.written, true);
      equal("read", await subject.store.read(lease.id, call), undefined);
      const next = await claimed(subject, ask("b", { nowMs: startMs + 1_000 }));
      equal("fence", next.fence > lease.fence, true);
    },
  },
  {
    name: "a key settled as released runs again, under a higher fence",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      await subject.store.write(lease, { state: "UNKNOWN", atMs: startMs }, call);
      const settled = { ...release, owner: "a person" };
      equal(
        "settled",
        (await subject.store.settle({ ...lease, state: "UNKNOWN" }, settled, call)).written,
        true,
      );
      equal("fence", (await claimed(subject, ask("b"))).fence, lease.fence + 1);
    },
  },
];
