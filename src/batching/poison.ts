import { type Call, refusal } from "../core/call.ts";
import { checkNumber, InvalidOptionError, saysRetryable } from "../core/errors.ts";
import { checkRequiredOptions } from "../core/options.ts";
import type { RecordCall } from "./engine/record-call.ts";
import type { Work } from "./engine/run-records.ts";
import { PoisonNotWrittenError } from "./errors.ts";
import { SetAside } from "./set-aside.ts";
import type { BatchSource } from "./source.ts";

/** A record that is set aside, as it is written: plain data, ready for JSON. */
export interface PoisonedRecord<Rec = unknown> {
  /** "sqs", "kinesis", … */
  readonly source: string;
  readonly identifier: string;
  readonly reason: {
    /** `terminal`: its error says that doing the same again cannot help. `receives`: it failed as often as it may. */
    readonly kind: "terminal" | "receives";
    readonly name: string;
    readonly code: string | undefined;
    readonly message: string;
  };
  /** Deliveries, this one included, where the source counts them; else 1. */
  readonly attempts: number;
  /** The trace header that came with the record. */
  readonly trace: string | undefined;
  /** Of the invocation, to find its log by. */
  readonly requestId: string | undefined;
  /** The body as it came: of Kinesis and Kafka base64. */
  readonly payload: string;
  /** All of the record. */
  readonly record: Rec;
}

export interface PoisonOptions<Rec> {
  /**
   * Writes a record that cannot be worked on to where someone looks at it: a function, or a bulk sender or target of such
   * records. The record is acknowledged only after that; when it rejects, or its answer, or a result in it, is not `ok`, the record comes
   * again. A lost answer writes it twice.
   */
  readonly to: PoisonWriter<Rec>;
}

export type PoisonWriter<Rec> =
  | ((poisoned: PoisonedRecord<Rec>, call: Call) => Promise<unknown>)
  | {
      send(
        poisoned: readonly PoisonedRecord<Rec>[],
        call: Call,
      ): Promise<readonly { readonly ok: boolean }[]>;
    };

export interface SqsPoisonOptions<Rec> extends PoisonOptions<Rec> {
  /** A message that fails on this receive, or a later one, is set aside whatever its error. Default: only terminal errors are. */
  readonly afterReceives?: number;
  /** The queue's own, when it has a dead-letter queue: `afterReceives` must be below it, or SQS would be first. */
  readonly maxReceiveCount?: number;
}

/** Refuses wrong options where they are given. */
export function checkPoison(
  where: string,
  poison: SqsPoisonOptions<never> | undefined,
  counts: boolean,
): void {
  if (poison === undefined) return;
  checkRequiredOptions(
    `${where}: poison`,
    poison,
    counts ? ["to", "afterReceives", "maxReceiveCount"] : ["to"],
  );
  const { to, afterReceives, maxReceiveCount } = poison;
  if (typeof to !== "function" && typeof to?.send !== "function") {
    throw new InvalidOptionError(
      where,
      "poison.to must be a function, or a bulk sender: something with send",
    );
  }
  if (afterReceives !== undefined)
    checkNumber(where, "poison.afterReceives", afterReceives, { min: 1, integer: true });
  if (maxReceiveCount === undefined) return;
  checkNumber(where, "poison.maxReceiveCount", maxReceiveCount, { min: 1, integer: true });
  if (afterReceives !== undefined && afterReceives >= maxReceiveCount) {
    throw new InvalidOptionError(
      where,
      `poison.afterReceives (${afterReceives}) must be below maxReceiveCount (${maxReceiveCount}): SQS moves the message before`,
    );
  }
}

/** Work that writes a record elsewhere when it failed for good, and then counts as done. */
export function settingAside<Rec>(
  source: BatchSource<Rec>,
  poison: SqsPoisonOptions<Rec>,
  work: Work<Rec>,
): Work<Rec> {
  const { afterReceives = Number.POSITIVE_INFINITY } = poison;

  return async function workOrSetAside(record, call) {
    try {
      return await work(record, call);
    } catch (error) {
      const kind = kindOf(error, record);
      // When the call is over the batch has answered, or is about to: then the record comes again.
      if (kind === undefined || refusal(call) !== undefined) throw error;
      await write(poisonedRecord(source, record, call, kind, error), call, error);
      return new SetAside(error);
    }
  };

  /** A record whose source does not count has been received once, however often its batch was tried again here. */
  function kindOf(error: unknown, record: Rec): PoisonedRecord["reason"]["kind"] | undefined {
    if (saysRetryable(error) === false) return "terminal";
    // Another run is at it, or a circuit is open: the record has not failed, it waits.
    if (saysWhen(error)) return undefined;
    return receivesOf(source, record) >= afterReceives ? "receives" : undefined;
  }

  async function write(poisoned: PoisonedRecord<Rec>, call: RecordCall<Rec>, error: unknown): Promise<void> {
    const { to } = poison;
    let answer: unknown;
    try {
      answer = await (typeof to === "function" ? to(poisoned, call) : to.send([poisoned], call));
    } catch (cause) {
      throw new PoisonNotWrittenError(cause, error);
    }
    // A bulk sender never rejects: what it could not write stands in its answer. So it does in one result, and in a Response.
    const results: readonly unknown[] = Array.isArray(answer) ? answer : [answer];
    const refused = results.find((result) => Object(result).ok === false);
    if (refused !== undefined || (typeof to !== "function" && Object(results[0]).ok !== true)) {
      throw new PoisonNotWrittenError(Object(refused).error, error);
    }
  }
}

function saysWhen(error: unknown): boolean {
  return typeof (error as { readonly retryAfterMs?: unknown } | null | undefined)?.retryAfterMs === "number";
}

function receivesOf<Rec>(source: BatchSource<Rec>, record: Rec): number {
  return source.attempt?.(record) ?? 1;
}

function poisonedRecord<Rec>(
  source: BatchSource<Rec>,
  record: Rec,
  call: RecordCall<Rec>,
  kind: PoisonedRecord["reason"]["kind"],
  error: unknown,
): PoisonedRecord<Rec> {
  const { context } = call as { readonly context?: { readonly awsRequestId?: string } };
  return {
    source: source.name,
    identifier: String(source.identifier(record)),
    reason: { kind, ...described(error) },
    attempts: receivesOf(source, record),
    trace: source.trace?.(record),
    requestId: context?.awsRequestId,
    payload: source.body(record),
    record,
  };
}

function described(error: unknown): Omit<PoisonedRecord["reason"], "kind"> {
  const { name, code, message } = Object(error) as { name?: unknown; code?: unknown; message?: unknown };
  return {
    name: typeof name === "string" ? name : `a value of type ${error === null ? "null" : typeof error}`,
    code: typeof code === "string" ? code : undefined,
    message: typeof message === "string" ? message : "",
  };
}
