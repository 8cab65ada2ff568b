import { settledLines } from "../../local/run/log-lines.ts";
import type { LogLine, Tally } from "../../local/run/tally.ts";
import type { Stack } from "../../local/template/stack.ts";

/** The functions that each do their own with an order of a marketplace, side by side. */
const FUNCTIONS = {
  payment: "PayOrderFunction",
  inventory: "ReserveStockFunction",
  notification: "NotifyCustomerFunction",
} as const;

/** What one of them has said so far. */
export interface Leg {
  readonly functionName: string;
  readonly lines: readonly LogLine[];
  /** When it first said of an event that it was done with it, by correlation id. */
  readonly settled: ReadonlyMap<string, number>;
}

export type Legs = Readonly<Record<keyof typeof FUNCTIONS, Leg>>;

export function legsOf({ logs }: Pick<Tally, "logs">, stack: Pick<Stack, "name">): Legs {
  function leg(name: keyof typeof FUNCTIONS): Leg {
    const functionName = `${stack.name}-${FUNCTIONS[name]}`;
    const lines = logs.filter((line) => line.functionName === functionName);
    return { functionName, lines, settled: settledLines(lines, functionName) };
  }
  return { payment: leg("payment"), inventory: leg("inventory"), notification: leg("notification") };
}
