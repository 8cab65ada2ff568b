import type { DynamoDBItem } from "../../../../aws/dynamodb-item.ts";

/** Why one action of a transaction was refused. */
export interface CancellationReason {
  readonly Code?: string;
  readonly Item?: DynamoDBItem;
}

/** The reasons of a cancelled transaction, one an action; undefined for any other error. */
export function cancellationReasons(error: unknown): readonly CancellationReason[] | undefined {
  if (!(error instanceof Error) || error.name !== "TransactionCanceledException") return undefined;
  return (error as { readonly CancellationReasons?: readonly CancellationReason[] }).CancellationReasons;
}

export function isRefused(reason: CancellationReason | undefined): boolean {
  return reason?.Code === "ConditionalCheckFailed";
}

/** Whether it failed only because other transactions were at the same items: nothing was applied, and it may go again. */
export function onlyConflicts(reasons: readonly CancellationReason[]): boolean {
  const failed = reasons.filter(({ Code = "None" }) => Code !== "None");
  return failed.length > 0 && failed.every(isConflict);
}

export function isConflict(reason: CancellationReason | undefined): boolean {
  return reason?.Code === "TransactionConflict";
}
