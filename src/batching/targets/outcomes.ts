import { awsCodePasses } from "../../aws/aws-error.ts";
import type { EntryOutcome } from "../bulk-target.ts";
import { refused } from "./entry-refused.ts";

interface Answered {
  readonly Id?: unknown;
  readonly MessageId?: unknown;
}

interface Failed {
  readonly Id?: unknown;
  readonly Code?: unknown;
  readonly SenderFault?: unknown;
}

/**
 * What SQS and SNS say of a batch: two lists, in any order, whose members carry the entries' ids, here their places.
 *
 * Source: API references, "SendMessageBatch" and "PublishBatch".
 */
export function outcomesById(
  target: string,
  count: number,
  answer: Readonly<Record<string, unknown>>,
): readonly EntryOutcome[] {
  const taken = byId<Answered>(answer["Successful"]);
  const failed = byId<Failed>(answer["Failed"]);
  return Array.from({ length: count }, (_, index): EntryOutcome => {
    const failure = failed.get(String(index));
    if (failure !== undefined) {
      const { Code, SenderFault } = failure;
      return refused(target, Code, SenderFault === false || awsCodePasses(String(Code)));
    }
    const success = taken.get(String(index));
    if (success === undefined) return refused(target, undefined, true);
    return typeof success.MessageId === "string" ? { ok: true, id: success.MessageId } : { ok: true };
  });
}

function byId<T extends { readonly Id?: unknown }>(list: unknown): ReadonlyMap<unknown, T> {
  return new Map((Array.isArray(list) ? list : []).map((one: T) => [one?.Id, one]));
}

/** What services say that answer entry by entry, each where its entry stood; `idName` is the member that a success has. */
export function outcomesByPlace(target: string, answers: unknown, idName: string): readonly EntryOutcome[] {
  // How many have failed is said as well (FailedRecordCount), and says less than they do.
  return (Array.isArray(answers) ? answers : []).map((answer: unknown): EntryOutcome => {
    const { [idName]: id, ErrorCode: code }: Readonly<Record<string, unknown>> = Object(answer);
    if (typeof id === "string" && typeof code !== "string") return { ok: true, id };
    return refused(target, code, awsCodePasses(String(code)));
  });
}
