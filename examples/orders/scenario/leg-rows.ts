import { invariant } from "../../local/run/invariant.ts";
import type { RowReport, World } from "../../local/run/scenario.ts";
import { tableByKey } from "../../local/run/tables.ts";
import { spread } from "../../local/run/tally.ts";
import { type InventoryLeft, inventoryInvariants } from "./check-inventory.ts";
import { heldUp, strays, undone } from "./check-legs.ts";
import { type NotificationsLeft, notificationInvariants } from "./check-notifications.ts";
import { type Effects, effectsOf } from "./effects.ts";
import { type Leg, legsOf } from "./legs.ts";
import type { MarketRun } from "./market-run.ts";
import { type OrderTimes, timesOf } from "./side-by-side.ts";

/** The rows of what is done beside payment with the marketplaces' orders, and of all three together. */
export async function legRows(
  { cloud, tally }: World,
  run: { readonly market: MarketRun; readonly effects: Effects },
): Promise<{ readonly rows: readonly RowReport[]; readonly times: readonly OrderTimes[] }> {
  const { market, effects } = run;
  const [stack] = cloud.stacks;
  if (stack === undefined) throw new Error("the template made no stack");
  const { accepted, messages, published } = market;
  const legs = legsOf(tally, stack);
  const times = timesOf(published, legs);
  const table = (logicalId: string) => tableByKey(cloud.clients.dynamodb, stack, logicalId);
  const reviews = await table("ReviewsTable");
  const inventory: InventoryLeft = {
    accepted,
    reviews,
    leg: legs.inventory,
    reservations: await table("ReservationsTable"),
    stock: await table("StockTable"),
  };
  const notification: NotificationsLeft = {
    accepted,
    reviews,
    leg: legs.notification,
    notified: await table("NotificationsTable"),
    sent: effectsOf(effects, new Set(accepted.map(({ orderId }) => orderId))).notifications,
  };
  const counts = ({ functionName }: Leg, queue: string) => ({
    eventsIn: messages,
    duplicates: messages - accepted.length + tally.duplicatesOf(functionName),
    retries: tally.retriesOf(functionName),
    deadLetters: tally.deadLetters.filter(({ from }) => from === `${stack.name}-${queue}`).length,
    ...spread([]),
  });
  const rows: readonly RowReport[] = [
    {
      id: "O3 inventory",
      ...counts(legs.inventory, "ReserveStockQueue"),
      effects: accepted.filter(({ orderId }) => inventory.reservations.has(orderId)).length,
      invariants: inventoryInvariants(inventory),
    },
    {
      id: "O3 notification",
      ...counts(legs.notification, "NotifyCustomersQueue"),
      effects: notification.sent.length,
      invariants: notificationInvariants(notification),
    },
    {
      id: "O3 whole",
      eventsIn: accepted.length,
      effects: times.length,
      duplicates: 0,
      retries: 0,
      deadLetters: 0,
      ...spread(times.map(({ sideBySideMs }) => sideBySideMs)),
      invariants: [
        invariant("every order is done by each of the three legs", undone({ accepted }, legs)),
        invariant("what is no new order starts no function", strays(legs)),
        invariant("a payment outage holds up neither inventory nor notification", heldUp(market, legs)),
      ],
    },
  ];
  return { rows, times };
}
