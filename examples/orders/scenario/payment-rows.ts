import { MAX_ENVIRONMENTS } from "../../local/lambda/lambda-service.ts";
import { settledLines } from "../../local/run/log-lines.ts";
import type { RowReport, World } from "../../local/run/scenario.ts";
import { tableByKey } from "../../local/run/tables.ts";
import { spread } from "../../local/run/tally.ts";
import { circuitInvariants, type Paid, paymentInvariants } from "./check-payments.ts";
import { circuitHistory } from "./circuit-history.ts";
import { type Effects, effectsOf } from "./effects.ts";
import type { MarketRun } from "./market-run.ts";
import type { Provider } from "./provider.ts";

/** Whose dead letters are sent on their way again. */
export const REDRIVEN_QUEUES: ReadonlySet<string> = new Set([
  "orders-PayOrdersQueue",
  "orders-SkippedPayments",
  "orders-ReserveStockQueue",
  "orders-NotifyCustomersQueue",
]);

/** What `sqsBatch` has under way at once. */
const AT_ONCE = 10;
const CIRCUIT = "CIRCUIT#payments";

/** The rows of the marketplaces' orders: O3, their payment, and R3, the circuit that they went through. */
export async function paymentRows(
  { cloud, tally }: World,
  run: { readonly paid: MarketRun; readonly effects: Effects; readonly payments: Provider },
): Promise<readonly RowReport[]> {
  const { paid, effects, payments } = run;
  const [stack] = cloud.stacks;
  if (stack === undefined) throw new Error("the template made no stack");
  const name = (logicalId: string): string => `${stack.name}-${logicalId}`;
  const payOrder = name("PayOrderFunction");
  const lines = tally.logs.filter(({ functionName }) => functionName === payOrder);
  const skips = lines.filter(({ fields }) => fields["skipped"] === true);
  const done = settledLines(lines, payOrder);
  const { charges, postings } = effectsOf(effects, new Set(paid.accepted.map(({ orderId }) => orderId)));
  const circuits = await tableByKey(cloud.clients.dynamodb, stack, "CircuitsTable");
  const left: Paid = {
    ...paid,
    states: await tableByKey(cloud.clients.dynamodb, stack, "OrderStateTable"),
    effects: { charges, postings },
    history: circuitHistory(
      cloud.requestsTo("dynamodb").map(({ body }) => body),
      CIRCUIT,
      circuits.get(CIRCUIT),
    ),
    reached: payments.reached,
    environments: tally.environmentsOf(payOrder) + tally.environmentsOf(name("ReadPaymentFunction")),
    environmentsAtOnce: MAX_ENVIRONMENTS,
    atOnce: AT_ONCE,
    skipped: new Set(skips.map(({ fields }) => String(fields["correlation_id"]))),
    done: new Set(done.keys()),
  };
  return [
    {
      id: "O3 payment",
      eventsIn: paid.messages,
      effects: charges.length + postings.length,
      duplicates: paid.messages - paid.accepted.length + tally.duplicatesOf(payOrder),
      retries: tally.retriesOf(payOrder),
      deadLetters: paid.redriven,
      ...spread([]),
      invariants: paymentInvariants(left),
    },
    {
      id: "R3",
      eventsIn: skips.length,
      effects: payments.reached.filter(({ wasDown }) => wasDown).length,
      duplicates: 0,
      retries: 0,
      deadLetters: 0,
      ...spread([]),
      invariants: circuitInvariants(left),
    },
  ];
}
