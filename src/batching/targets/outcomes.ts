import { awsCodePasses } from "../../aws/aws-error.ts";
import type { EntryOutcome } from "../sender/bulk-target.ts";
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
  const outcomes = new Array<EntryOutcome | undefined>(count).fill(undefined);
  for (const { Id, MessageId: id } of listOf<Answered>(answer["Successful"])) {
    const place = placeOf(Id);
    if (place < count) outcomes[place] = typeof id === "string" ? { ok: true, id } : { ok: true };
  }
  for (const { Id, Code, SenderFault } of listOf<Failed>(answer["Failed"])) {
    const retryable = SenderFault === false || awsCodePasses(String(Code));
    const place = placeOf(Id);
    if (place < count) outcomes[place] = refused(target, Code, retryable);
  }
  return outcomes.map((outcome) => outcome ?? refused(target, undefined, true));
}

function listOf<T extends object>(list: unknown): readonly T[] {
  return Array.isArray(list) ? list.filter((one) => typeof one === "object" && one !== null) : [];
}

/** Where an entry stood that was given its place as its id; what is no such id has none. */
function placeOf(id: unknown): number {
  const place = Number(id);
  return Number.isInteger(place) && place >= 0 && String(place) === id ? place : Number.NaN;
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
