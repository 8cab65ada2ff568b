import type { Call } from "../core/call.ts";
import type { AfterError } from "./endings.ts";
import type { Steps } from "./record.ts";
import type { ResultKeeper } from "./results/keeper.ts";
import type { Lease } from "./store.ts";

/** What a unit can do beyond a plain one. Given from outside, so that who does without pays nothing for it. */
export interface UnitExtension {
  /** For one run. */
  open(unit: ExtendedUnit): Extended;
}

/** What an extension is told of the unit that it extends. */
export interface ExtendedUnit {
  readonly operation: string;
  readonly lease: Lease;
  readonly call: Call;
  readonly results: ResultKeeper;
  /** What earlier runs have finished. */
  readonly steps: Steps;
  /** Keeps steps in the record. Rejects when the lease is lost, or the store does not answer. */
  record(steps: Steps): Promise<void>;
  /** Whether the function may still begin something: it has not answered, and no transaction has completed the unit or is about to. */
  isOpen(): boolean;
  /** What the function's options make of an error; undefined where they say nothing. */
  readonly onError: ((error: unknown) => AfterError) | undefined;
}

/** What an extension does in one run. */
export interface Extended {
  /** Become members of the unit. */
  readonly members: object;
  /** Rejects where the unit must not be completed now by a transaction. */
  checkTransact(): Promise<void>;
  /** The function has answered well: waits for what it left running. Rejects where the unit must not be completed. */
  finish(): Promise<void>;
  /** The function has failed. Rejects never. `isTransactUnknown`: a transaction was sent, and nobody knows whether it was applied. */
  fail(error: unknown, isTransactUnknown: boolean): Promise<Verdict>;
}

/** What a run fails with, and what becomes of its key: absent, what the options say. */
export interface Verdict {
  readonly error: unknown;
  readonly after?: AfterError | undefined;
  /** Whether the record, released, is to be kept until somebody has settled it. */
  readonly isOwing?: boolean;
}
