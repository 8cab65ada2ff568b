import { rootCall } from "../core/root-call.ts";
import type { ClaimRequest, IdempotencyStore, Lease } from "../idempotency/store.ts";
import { equal, type Rule, rejects } from "./rule.ts";

/** A store under test, and an effect that is not idempotent by itself, to count what its transactions do. */
export interface IdempotencyStoreSubject {
  readonly store: IdempotencyStore;
  /** An item for `transact` that adds 1 somewhere. */
  addOne(): object;
  /** An item for `transact` whose own condition fails. */
  fails(): object;
  /** How often `addOne` has been applied. */
  sum(): Promise<number>;
}

const HOUR_MS = 3_600_000;

/**
 * What every idempotency store must do, as rules that any test runner can run: one fresh subject each.
 *
 * @example
 * ```ts
 * for (const rule of idempotencyStoreContract) {
 *   test(rule.name, async () => rule.run(await makeSubject()));
 * }
 * ```
 */
export const idempotencyStoreContract: readonly Rule<IdempotencyStoreSubject>[] = rules();

function rules(): readonly Rule<IdempotencyStoreSubject>[] {
  type Subject = IdempotencyStoreSubject;
  const call = rootCall();
  const startMs = 1_800_000_000_000;
  const ask = (owner: string, changes: Partial<ClaimRequest> = {}): ClaimRequest => {
    const nowMs = changes.nowMs ?? startMs;
    return {
      id: "contract#key",
      owner,
      payloadHash: "payload",
      nowMs,
      leaseUntilMs: nowMs + 10_000,
      expiresAtMs: nowMs + HOUR_MS,
      ...changes,
    };
  };
  async function claimed({ store }: Subject, request: ClaimRequest): Promise<Lease> {
    const answer = await store.claim(request, call);
    if (!answer.claimed)
      throw new Error(`The claim of ${request.owner} was refused: ${JSON.stringify(answer.found)}`);
    return { id: request.id, owner: request.owner, fence: answer.fence };
  }
  const rule = (name: string, run: (subject: Subject) => Promise<void>): Rule<Subject> => ({ name, run });

  return [
    rule("the first claim of a key is granted, with a fence that starts from the clock", async (subject) => {
      const lease = await claimed(subject, ask("a"));
      equal("fence", lease.fence, startMs + 1);
    }),
    rule("a claim while another run holds the lease is refused, and shows that record", async (subject) => {
      const { fence } = await claimed(subject, ask("a"));
      const answer = await subject.store.claim(ask("b", { nowMs: startMs + 9_999 }), call);
      equal("answer", answer, {
        claimed: false,
        found: {
          version: 1,
          state: "IN_PROGRESS",
          owner: "a",
          fence,
          leaseUntilMs: startMs + 10_000,
          expiresAtMs: startMs + HOUR_MS,
          payloadHash: "payload",
        },
      });
    }),
    rule(
      "a repeated claim with the same owner shows its own record: the first reply was lost",
      async (subject) => {
        const { fence } = await claimed(subject, ask("a"));
        const again = await subject.store.claim(ask("a"), call);
        equal("claimed", again.claimed, false);
        equal("found", !again.claimed && [again.found?.owner, again.found?.fence], ["a", fence]);
      },
    ),
    rule("once the lease has ended another run takes over, under a higher fence", async (subject) => {
      const first = await claimed(subject, ask("a"));
      const second = await claimed(subject, ask("b", { nowMs: startMs + 10_000 }));
      equal("fence", second.fence, first.fence + 1);
    }),
    rule("a takeover needs the same payload hash", async (subject) => {
      await claimed(subject, ask("a"));
      const answer = await subject.store.claim(
        ask("b", { nowMs: startMs + 20_000, payloadHash: "other" }),
        call,
      );
      equal("claimed", answer.claimed, false);
    }),
    rule("of two claims at once one is granted", async (subject) => {
      const answers = await Promise.all([
        subject.store.claim(ask("a"), call),
        subject.store.claim(ask("b"), call),
      ]);
      equal("granted", answers.filter((answer) => answer.claimed).length, 1);
    }),
    rule("a completed record refuses every claim and shows its result", async (subject) => {
      const lease = await claimed(subject, ask("a"));
      equal(
        "complete",
        (await subject.store.complete({ lease, result: "42", expiresAtMs: startMs + HOUR_MS }, call)).written,
        true,
      );
      const answer = await subject.store.claim(ask("b", { nowMs: startMs + 60_000 }), call);
      equal("found", !answer.claimed && [answer.found?.state, answer.found?.result, answer.found?.owner], [
        "COMPLETED",
        "42",
        "a",
      ]);
    }),
    rule("a completion without a result is told from one with an empty result", async (subject) => {
      const lease = await claimed(subject, ask("a"));
      await subject.store.complete({ lease, expiresAtMs: startMs + HOUR_MS }, call);
      const answer = await subject.store.claim(ask("b"), call);
      equal("found", !answer.claimed && [answer.found?.state, answer.found?.result], [
        "COMPLETED_NO_RESULT",
        undefined,
      ]);
    }),
    rule("a repeated completion shows its own record: the first reply was lost", async (subject) => {
      const lease = await claimed(subject, ask("a"));
      const completion = { lease, result: "1", expiresAtMs: startMs + HOUR_MS };
      await subject.store.complete(completion, call);
      const again = await subject.store.complete(completion, call);
      equal("again", !again.written && [again.found?.state, again.found?.owner, again.found?.fence], [
        "COMPLETED",
        "a",
        lease.fence,
      ]);
    }),
    rule("a stale run can neither complete nor release what another has taken over", async (subject) => {
      const stale = await claimed(subject, ask("a"));
      const current = await claimed(subject, ask("b", { nowMs: startMs + 10_000 }));
      const late = await subject.store.complete(
        { lease: stale, result: "stale", expiresAtMs: startMs + HOUR_MS },
        call,
      );
      equal("complete", late.written, false);
      equal("release", (await subject.store.release(stale, call)).written, false);
      const good = await subject.store.complete(
        { lease: current, result: "good", expiresAtMs: startMs + HOUR_MS },
        call,
      );
      equal("the current run completes", good.written, true);
    }),
    rule("the right owner under the wrong fence writes nothing", async (subject) => {
      const lease = await claimed(subject, ask("a"));
      const wrong = { ...lease, fence: lease.fence + 1 };
      equal(
        "complete",
        (await subject.store.complete({ lease: wrong, expiresAtMs: startMs + HOUR_MS }, call)).written,
        false,
      );
      equal("release", (await subject.store.release(wrong, call)).written, false);
    }),
    rule("a released key can be claimed at once, under a higher fence", async (subject) => {
      const first = await claimed(subject, ask("a"));
      equal("release", (await subject.store.release(first, call)).written, true);
      const second = await claimed(subject, ask("b"));
      equal("fence", second.fence, first.fence + 1);
    }),
    rule("a released key still wants the same payload hash", async (subject) => {
      await subject.store.release(await claimed(subject, ask("a")), call);
      equal("claimed", (await subject.store.claim(ask("b", { payloadHash: "other" }), call)).claimed, false);
    }),
    rule("a repeated release is refused and changes nothing", async (subject) => {
      const lease = await claimed(subject, ask("a"));
      await subject.store.release(lease, call);
      const again = await subject.store.release(lease, call);
      equal("again", !again.written && again.found?.state, "RELEASED");
    }),
    rule(
      "a record past its expiry refuses a claim until it is replaced under its own fence",
      async (subject) => {
        const lease = await claimed(subject, ask("a"));
        await subject.store.complete({ lease, result: "old", expiresAtMs: startMs + HOUR_MS }, call);
        const late = { nowMs: startMs + HOUR_MS, payloadHash: "other" };
        equal("claim", (await subject.store.claim(ask("b", late), call)).claimed, false);
        const wrongFence = await subject.store.claim(
          ask("b", { ...late, replacesFence: lease.fence - 1 }),
          call,
        );
        equal("replacement under another fence", wrongFence.claimed, false);
        const next = await claimed(subject, ask("b", { ...late, replacesFence: lease.fence }));
        equal("fence", next.fence, lease.fence + 1);
        const look = await subject.store.claim(ask("c", late), call);
        equal("nothing old is left", !look.claimed && [look.found?.state, look.found?.result], [
          "IN_PROGRESS",
          undefined,
        ]);
      },
    ),
    rule("a released record at its very expiry is replaced, not taken over", async (subject) => {
      const lease = await claimed(subject, ask("a"));
      await subject.store.release(lease, call);
      const late = { nowMs: startMs + HOUR_MS };
      equal("claim", (await subject.store.claim(ask("b", late), call)).claimed, false);
      await claimed(subject, ask("b", { ...late, replacesFence: lease.fence }));
    }),
    rule(
      "a replacement takes what it asks for: lease, expiry and payload are the new run's",
      async (subject) => {
        const { fence } = await claimed(subject, ask("a"));
        const nowMs = startMs + HOUR_MS;
        await claimed(subject, ask("b", { nowMs, payloadHash: "other", replacesFence: fence }));
        const look = await subject.store.claim(ask("c", { nowMs }), call);
        equal(
          "found",
          !look.claimed && [
            look.found?.owner,
            look.found?.payloadHash,
            look.found?.leaseUntilMs,
            look.found?.expiresAtMs,
          ],
          ["b", "other", nowMs + 10_000, nowMs + HOUR_MS],
        );
      },
    ),
    rule("a takeover takes what it asks for: owner, lease and expiry are the new run's", async (subject) => {
      await claimed(subject, ask("a"));
      const nowMs = startMs + 10_000;
      await claimed(subject, ask("b", { nowMs }));
      const look = await subject.store.claim(ask("c", { nowMs }), call);
      equal(
        "found",
        !look.claimed && [look.found?.owner, look.found?.leaseUntilMs, look.found?.expiresAtMs],
        ["b", nowMs + 10_000, nowMs + HOUR_MS],
      );
    }),
    rule("a completed record lives until the expiry of its completion", async (subject) => {
      const end = startMs + 2 * HOUR_MS;
      const plain = await claimed(subject, ask("a"));
      await subject.store.complete({ lease: plain, result: "1", expiresAtMs: end }, call);
      const other = await claimed(subject, ask("a", { id: "contract#other" }));
      await subject.store.transact([], { lease: other, expiresAtMs: end }, call);
      for (const id of [plain.id, other.id]) {
        const look = await subject.store.claim(ask("b", { id, nowMs: startMs + HOUR_MS }), call);
        equal("expiry", !look.claimed && look.found?.expiresAtMs, end);
      }
    }),
    rule("another owner under the right fence writes nothing", async (subject) => {
      const lease = await claimed(subject, ask("a"));
      const wrong = { ...lease, owner: "b" };
      const completion = { lease: wrong, expiresAtMs: startMs + HOUR_MS };
      equal("complete", (await subject.store.complete(completion, call)).written, false);
      equal("release", (await subject.store.release(wrong, call)).written, false);
      equal("transact", (await subject.store.transact([subject.addOne()], completion, call)).written, false);
      equal("sum", await subject.sum(), 0);
    }),
    rule("a lease on a key that has no record writes nothing, and shows none", async (subject) => {
      const lease = { id: "contract#absent", owner: "a", fence: startMs + 1 };
      const nothing = { written: false, found: undefined };
      equal(
        "complete",
        await subject.store.complete({ lease, expiresAtMs: startMs + HOUR_MS }, call),
        nothing,
      );
      equal("release", await subject.store.release(lease, call), nothing);
    }),
    rule("a released record can neither be completed nor completed by a transaction", async (subject) => {
      const lease = await claimed(subject, ask("a"));
      await subject.store.release(lease, call);
      const completion = { lease, result: "late", expiresAtMs: startMs + HOUR_MS };
      equal("complete", (await subject.store.complete(completion, call)).written, false);
      equal("transact", (await subject.store.transact([subject.addOne()], completion, call)).written, false);
      equal("sum", await subject.sum(), 0);
    }),
    rule("a record that has not expired is never replaced", async (subject) => {
      const lease = await claimed(subject, ask("a"));
      await subject.store.complete({ lease, result: "1", expiresAtMs: startMs + HOUR_MS }, call);
      const early = ask("b", { nowMs: startMs + HOUR_MS - 1_000, replacesFence: lease.fence });
      equal("claimed", (await subject.store.claim(early, call)).claimed, false);
    }),
    rule("keys do not touch each other", async (subject) => {
      await claimed(subject, ask("a"));
      await claimed(subject, ask("a", { id: "contract#other" }));
    }),
    rule("a transaction applies its items and completes the record together", async (subject) => {
      const lease = await claimed(subject, ask("a"));
      const completion = { lease, result: "done", expiresAtMs: startMs + HOUR_MS };
      equal("transact", (await subject.store.transact([subject.addOne()], completion, call)).written, true);
      equal("sum", await subject.sum(), 1);
      const answer = await subject.store.claim(ask("b"), call);
      equal("found", !answer.claimed && [answer.found?.state, answer.found?.result], ["COMPLETED", "done"]);
    }),
    rule("a repeated transaction applies nothing and shows its own record", async (subject) => {
      const lease = await claimed(subject, ask("a"));
      const completion = { lease, result: "done", expiresAtMs: startMs + HOUR_MS };
      await subject.store.transact([subject.addOne()], completion, call);
      const again = await subject.store.transact([subject.addOne()], completion, call);
      equal("again", !again.written && [again.found?.state, again.found?.owner], ["COMPLETED", "a"]);
      equal("sum", await subject.sum(), 1);
    }),
    rule("a stale run's transaction applies nothing", async (subject) => {
      const stale = await claimed(subject, ask("a"));
      await claimed(subject, ask("b", { nowMs: startMs + 10_000 }));
      const late = await subject.store.transact(
        [subject.addOne()],
        { lease: stale, expiresAtMs: startMs + HOUR_MS },
        call,
      );
      equal("written", late.written, false);
      equal("sum", await subject.sum(), 0);
    }),
    rule("a transaction whose item's condition fails rejects, and completes nothing", async (subject) => {
      const lease = await claimed(subject, ask("a"));
      const completion = { lease, result: "no", expiresAtMs: startMs + HOUR_MS };
      await rejects("transact", () =>
        subject.store.transact([subject.fails(), subject.addOne()], completion, call),
      );
      equal("sum", await subject.sum(), 0);
      equal("the lease is still held", (await subject.store.release(lease, call)).written, true);
    }),
    rule("a transaction without a completion applies its items alone", async (subject) => {
      equal("transact", (await subject.store.transact([subject.addOne()], undefined, call)).written, true);
      equal("sum", await subject.sum(), 1);
    }),
  ];
}
