import { HoldfastError } from "holdfast";
import type { IdempotencyStore } from "holdfast/idempotency";
import { type MemoryStore, memoryStore } from "holdfast/idempotency/memory";

/** A ledger in memory with the records of its runs: what the app's SQL comes to, for a search that makes thousands of them. */
export interface LedgerDouble {
  readonly store: Pick<IdempotencyStore, "name" | "claim" | "write" | "transact" | "read" | "settle">;
  /** The keys of the journal, in order. */
  readonly journal: readonly string[];
  /** All that was debited, kept by adding. */
  readonly debited: bigint;
  /** Every record is gone, as after the purge. */
  purge(): void;
}

/** `keyed`: whether the journal has its own key. */
export function ledgerDouble({ keyed = true }: { readonly keyed?: boolean } = {}): LedgerDouble {
  const entries: { readonly key: string; readonly hash: string; readonly debit: bigint }[] = [];
  let records: MemoryStore = memoryStore();

  /** What an item does; it throws before it does it, and tells how to undo it. */
  const asFunction = (item: object) => () => {
    const { text, values } = item as { readonly text: string; readonly values: readonly unknown[] };
    const [key, hash, , , , , sides, amounts] = values as [string, string, ...unknown[]];
    const found = entries.find((entry) => entry.key === key);
    if (text.startsWith("SELECT")) {
      if (found?.hash !== hash) throw refused();
      return undefined;
    }
    if (keyed && found !== undefined) throw refused();
    const debit = (amounts as string[])
      .filter((_, index) => (sides as string[])[index] === "debit")
      .reduce((sum, amount) => sum + BigInt(amount), 0n);
    const entry = { key, hash, debit };
    entries.push(entry);
    return () => void entries.splice(entries.indexOf(entry), 1);
  };

  return {
    store: {
      name: "ledger double",
      claim: (...given) => records.claim(...given),
      write: (...given) => records.write(...given),
      transact: (items, ...given) => records.transact(items.map(asFunction), ...given),
      read: (...given) => records.read(...given),
      settle: (...given) => records.settle(...given),
    },
    get journal() {
      return entries.map(({ key }) => key);
    },
    get debited() {
      return entries.reduce((sum, { debit }) => sum + debit, 0n);
    },
    purge() {
      records = memoryStore();
    },
  };
}

const refused = () => new HoldfastError("IDEMPOTENCY_ITEM_REFUSED", "expectRows did not hold.");
