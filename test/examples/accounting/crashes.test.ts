import type { Call } from "holdfast";
import type { IdempotencyStore } from "holdfast/idempotency";
import { type CrashWorld, exploreCrashes, fakeContext } from "holdfast/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import event from "../../../examples/accounting/events/post-entry.json" with { type: "json" };
import { bodyOf } from "../../../examples/accounting/scenario/transactions.ts";
import { transactionCreated } from "../../../examples/accounting/src/entry.ts";
import type { Refusal } from "../../../examples/accounting/src/refusals.ts";
import { foundBy } from "../../testing/crash-explorer/found-by.ts";
import { type OneClient, oneClient } from "../one-client.ts";
import { entry, line } from "./fixtures.ts";
import { ledgerDouble } from "./ledger-double.ts";

interface Letters {
  send(refusal: Refusal, call: Call): Promise<void>;
}

/** The handler as it is deployed: what it makes when its module is loaded is replaced. */
const clients: { readonly store: OneClient<IdempotencyStore>; readonly letters: OneClient<Letters> } = {
  store: oneClient(),
  letters: oneClient(),
};
vi.mock("holdfast/idempotency/postgres", () => ({ postgresStore: () => clients.store.client }));
vi.mock("../../../examples/accounting/src/database.ts", () => ({ CONNECTIONS: 4, ledgerPool: () => ({}) }));
vi.mock("../../../examples/accounting/src/dead-letters.ts", () => ({
  deadLetters: () => (refusal: Refusal, call: Call) => clients.letters.client.send(refusal, call),
}));

beforeAll(async () => {
  for (const name of ["IDEMPOTENCY_TABLE", "DEAD_LETTERS_URL"]) vi.stubEnv(name, name);
  vi.spyOn(process.stdout, "write").mockReturnValue(true);
  // Loads ajv, which takes real time.
  await transactionCreated.check({});
});
afterAll(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

type PostEntry = typeof import("../../../examples/accounting/src/handlers/post-entry.ts");
const load = (): Promise<PostEntry> => import("../../../examples/accounting/src/handlers/post-entry.ts");

/** Another copy of the handler's module alone, which reads the kill switch when it is loaded. */
async function unprotected(): Promise<PostEntry> {
  vi.stubEnv("HOLDFAST_DISABLE", "idempotency");
  vi.spyOn(console, "error").mockReturnValue();
  const again = "../../../examples/accounting/src/handlers/post-entry.ts?unprotected";
  const loaded: PostEntry = await import(again);
  vi.stubEnv("HOLDFAST_DISABLE", "");
  return loaded;
}

/** One message is delivered until it is done with; and once more when all records are gone. */
function posting(
  { handler }: PostEntry,
  { body = event.Records[0]?.body ?? "", keyed = true, again = true, posts = 1 } = {},
): () => CrashWorld {
  return () => {
    const ledger = ledgerDouble({ keyed });
    const sent: string[] = [];
    const letters: Letters = { send: async ({ code }) => void sent.push(code) };
    return {
      start({ watch, runtime }) {
        clients.store.serve(runtime, watch("store", ledger.store));
        clients.letters.serve(runtime, watch("letters", letters));
        const records = event.Records.slice(0, 1).map((record) => ({ ...record, body }));
        async function deliver(): Promise<void> {
          const context = fakeContext({ runtime, timeoutMs: 10_000 });
          const { batchItemFailures } = await handler({ Records: records }, context);
          // SQS delivers what is named again.
          if (batchItemFailures.length > 0) throw new Error("It was given back.");
        }
        return async () => {
          await deliver();
          if (!again) return;
          ledger.purge();
          await deliver();
        };
      },
      check() {
        expect(ledger.journal).toHaveLength(posts);
        expect(ledger.debited).toBe(11_900n * BigInt(posts));
        if (posts === 0) expect(new Set(sent)).toEqual(new Set(["ENTRY_INVALID"]));
        else expect(sent).toEqual([]);
      },
    };
  };
}

describe("post-entry, whatever await it dies, loses a reply or sleeps at", () => {
  it("posts a transaction once, and nothing when it comes again without a record", {
    timeout: 120_000,
  }, async () => {
    const report = await exploreCrashes(posting(await load()), { maxFaults: 2 });
    expect(report).toMatchObject({ isComplete: true });
    expect(new Set(report.awaits)).toEqual(new Set(["store.claim", "store.transact"]));
  });

  it("sets a bad one aside at least once, and posts nothing of it", async () => {
    const body = bodyOf(entry({ lines: [line("bank", "debit", 2), line("tax", "credit", 1)] }));
    const report = await exploreCrashes(posting(await load(), { body, posts: 0 }));
    expect(report).toMatchObject({ isComplete: true, awaits: ["letters.send", "letters.send"] });
  });

  it("posts it twice without records and without the journal's key: the control", async () => {
    const world = posting(await unprotected(), { keyed: false, again: false });
    const found = await foundBy(world);
    expect(found.schedule).toMatchObject([{ operation: "store.transact", do: "stop-after" }]);
  });

  it("posts it twice, with no fault at all, when its record is gone and the journal has no key: the other control", async () => {
    const found = await foundBy(posting(await load(), { keyed: false }));
    expect(found.schedule).toEqual([]);
  });
});
