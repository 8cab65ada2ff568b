import { awsSaysRetryable } from "../../aws/aws-error.ts";
import { type Call, refusal } from "../../core/call.ts";
import { saysRetryable } from "../../core/errors.ts";
import { unreadable } from "./in-record.ts";

/** Throws what a failed read comes to: the end of the call, when that is what cut it off; else that nothing can be read. */
export function failedToRead(what: string, call: Call): (cause: unknown) => never {
  return (cause) => {
    const reason = refusal(call);
    if (reason !== undefined) throw reason;
    throw unreadable(`${what}; see the cause`, cause, saysRetryable(cause) ?? awsSaysRetryable(cause));
  };
}
