import { equal, type Rule } from "../rule.ts";
import {
  ask,
  call,
  claimed,
  completion,
  endMs,
  type IdempotencyStoreSubject,
  refusedBy,
  release,
  startMs,
} from "./subject.ts";

/** Who gets a key. */
export const claimRules: readonly Rule<IdempotencyStoreSubject>[] = [
  {
    name: "the first claim of a key is granted, with a fence that starts from the clock",
    async run(subject) {
      equal("fence", (await claimed(subject, ask("a"))).fence, startMs + 1);
    },
  },
  {
    name: "a claim while another run holds the lease is refused, and shows that record",
    async run(subject) {
      const { fence } = await claimed(subject, ask("a"));
      const found = await refusedBy(subject, ask("b", { nowMs: startMs + 9_999 }));
      equal("found", found, {
        version: 1,
        state: "IN_PROGRESS",
        owner: "a",
        fence,
        leaseUntilMs: startMs + 10_000,
        expiresAtMs: endMs,
        atMs: startMs,
        payloadHash: "payload",
      });
    },
  },
  {
    name: "a repeated claim with the same owner shows its own record: the first reply was lost",
    async run(subject) {
      const { fence } = await claimed(subject, ask("a"));
      const found = await refusedBy(subject, ask("a"));
      equal("found", [found?.owner, found?.fence], ["a", fence]);
    },
  },
  {
    name: "once the lease has ended another run takes over, under a higher fence",
    async run(subject) {
      const first = await claimed(subject, ask("a"));
      await refusedBy(subject, ask("b", { nowMs: startMs + 9_999 }));
      const second = await claimed(subject, ask("b", { nowMs: startMs + 10_000 }));
      equal("fence", second.fence, first.fence + 1);
    },
  },
  {
    name: "a run that does not take abandoned keys is refused by one whose lease has ended, and shown it",
    async run(subject) {
      await claimed(subject, ask("a"));
      const found = await refusedBy(subject, ask("b", { nowMs: startMs + 60_000, takesAbandoned: false }));
      equal("found", [found?.state, found?.owner], ["IN_PROGRESS", "a"]);
    },
  },
  {
    name: "a run that does not take abandoned keys takes released ones",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      await subject.store.write(lease, release, call);
      await claimed(subject, ask("b", { takesAbandoned: false }));
    },
  },
  {
    name: "a takeover takes what it asks for: owner, lease and expiry are the new run's",
    async run(subject) {
      await claimed(subject, ask("a"));
      const nowMs = startMs + 10_000;
      await claimed(subject, ask("b", { nowMs }));
      const found = await refusedBy(subject, ask("c", { nowMs }));
      equal("found", found && [found.owner, found.leaseUntilMs, found.expiresAtMs, found.atMs], [
        "b",
        nowMs + 10_000,
        nowMs + 3_600_000,
        nowMs,
      ]);
    },
  },
  {
    name: "a takeover needs the same payload hash",
    async run(subject) {
      await claimed(subject, ask("a"));
      await refusedBy(subject, ask("b", { nowMs: startMs + 20_000, payloadHash: "other" }));
    },
  },
  {
    name: "of two claims at once one is granted",
    async run(subject) {
      const answers = await Promise.all([
        subject.store.claim(ask("a"), call),
        subject.store.claim(ask("b"), call),
      ]);
      equal("granted", answers.filter((answer) => answer.claimed).length, 1);
    },
  },
  {
    name: "of ten takeovers at once one is granted",
    async run(subject) {
      await claimed(subject, ask("a"));
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          subject.store.claim(ask(`b${index}`, { nowMs: startMs + 10_000 }), call),
        ),
      );
      equal("granted", answers.filter((answer) => answer.claimed).length, 1);
    },
  },
  {
    name: "a released key can be claimed at once, under a higher fence",
    async run(subject) {
      const first = await claimed(subject, ask("a"));
      equal("release", (await subject.store.write(first, release, call)).written, true);
      const second = await claimed(subject, ask("b"));
      equal("fence", second.fence, first.fence + 1);
    },
  },
  {
    name: "a released key still wants the same payload hash",
    async run(subject) {
      await subject.store.write(await claimed(subject, ask("a")), release, call);
      await refusedBy(subject, ask("b", { payloadHash: "other" }));
    },
  },
  {
    name: "a record that was settled or ended for good refuses every claim",
    async run(subject) {
      for (const state of ["COMPLETED", "COMPLETED_NO_RESULT", "FAILED", "UNKNOWN"] as const) {
        const id = `contract#${state}`;
        const lease = await claimed(subject, ask("a", { id }));
        await subject.store.write(lease, { state, atMs: startMs, expiresAtMs: endMs }, call);
        const found = await refusedBy(subject, ask("b", { id, nowMs: startMs + 60_000 }));
        equal("found", found && [found.state, found.owner, found.fence], [state, "a", lease.fence]);
      }
    },
  },
  {
    name: "a record past its expiry refuses a claim until it is replaced under its own fence",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      await subject.store.write(lease, completion("old"), call);
      const late = { nowMs: endMs, payloadHash: "other" };
      await refusedBy(subject, ask("b", late));
      await refusedBy(subject, ask("b", { ...late, replacesFence: lease.fence - 1 }));
      const next = await claimed(subject, ask("b", { ...late, replacesFence: lease.fence }));
      equal("fence", next.fence, lease.fence + 1);
      const found = await refusedBy(subject, ask("c", late));
      equal("nothing old is left", found && [found.state, found.result], ["IN_PROGRESS", undefined]);
    },
  },
  {
    name: "a released record at its very expiry is replaced, not taken over",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      await subject.store.write(lease, release, call);
      await refusedBy(subject, ask("b", { nowMs: endMs }));
      await claimed(subject, ask("b", { nowMs: endMs, replacesFence: lease.fence }));
    },
  },
  {
    name: "a replacement takes what it asks for: lease, expiry and payload are the new run's",
    async run(subject) {
      const { fence } = await claimed(subject, ask("a"));
      await claimed(subject, ask("b", { nowMs: endMs, payloadHash: "other", replacesFence: fence }));
      const found = await refusedBy(subject, ask("c", { nowMs: endMs }));
      equal("found", found && [found.owner, found.payloadHash, found.leaseUntilMs, found.expiresAtMs], [
        "b",
        "other",
        endMs + 10_000,
        endMs + 3_600_000,
      ]);
    },
  },
  {
    name: "of two replacements at once one is granted",
    async run(subject) {
      const { fence } = await claimed(subject, ask("a"));
      const answers = await Promise.all(
        ["b", "c"].map((owner) =>
          subject.store.claim(ask(owner, { nowMs: endMs, replacesFence: fence }), call),
        ),
      );
      equal("granted", answers.filter((answer) => answer.claimed).length, 1);
    },
  },
  {
    name: "a replacement of a record that went away meanwhile is refused, and shows none",
    async run(subject) {
      equal("found", await refusedBy(subject, ask("a", { replacesFence: startMs + 1 })), undefined);
    },
  },
  {
    name: "a record that has not expired is never replaced",
    async run(subject) {
      const lease = await claimed(subject, ask("a"));
      await subject.store.write(lease, completion("1"), call);
      await refusedBy(subject, ask("b", { nowMs: endMs - 1_000, replacesFence: lease.fence }));
    },
  },
  {
    name: "a record of a newer format is neither taken over nor replaced, whatever its state",
    async run(subject) {
      const lease = await claimed(subject, ask("new", { version: 9 }));
      await refusedBy(subject, ask("old", { nowMs: startMs + 20_000 }));
      await subject.store.write(lease, release, call);
      const found = await refusedBy(subject, ask("old"));
      equal("version", found?.version, 9);
      await refusedBy(subject, ask("old", { nowMs: endMs, replacesFence: lease.fence }));
    },
  },
  {
    name: "a newer format takes over an older one's record, and says so in it",
    async run(subject) {
      await subject.store.write(await claimed(subject, ask("old")), release, call);
      await claimed(subject, ask("new", { version: 2 }));
      equal("version", (await refusedBy(subject, ask("other")))?.version, 2);
    },
  },
  {
    name: "keys do not touch each other",
    async run(subject) {
      await claimed(subject, ask("a"));
      await claimed(subject, ask("a", { id: "contract#other" }));
    },
  },
];
