import { InvalidOptionError } from "../../../core/errors.ts";

/** With one of these in the middle, what comes before it and after it is not one transaction. */
const ENDS_TRANSACTION =
  /^(?:\s|--.*\n|\/\*[^*]*\*+(?:[^/*][^*]*\*+)*\/)*(begin|start|commit|end|rollback|abort|savepoint|release|prepare\s+transaction)\b/i;

/** Refuses a statement that would take the transaction out of the store's hands. */
export function checkText(which: string, text: string): void {
  if (!ENDS_TRANSACTION.test(text)) return;
  throw new InvalidOptionError("unit.transact", `${which} must leave the transaction to the store`);
}
