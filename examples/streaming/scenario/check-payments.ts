import type { Item } from "../../local/run/tables.ts";
import type { QueuedMessage } from "../../local/sqs/service.ts";
import type { Payment, Spendings } from "../src/payment.ts";
import { type ExpectedWindows, windowText } from "./expected-windows.ts";

/** Alerts that are missing, raised twice, by another payment, or for nothing. */
export function wronglyRaised(
  { alerts }: Pick<ExpectedWindows, "alerts">,
  items: ReadonlyMap<string, Item>,
): string[] {
  const missing = [...alerts.keys()].filter((id) => !items.has(id)).map((id) => `${id} is missing`);
  const wrong = [...items].flatMap(([id, { raised, paymentId }]) => {
    const should = alerts.get(id);
    if (should === undefined) return [`${id} was raised for nothing`];
    if (raised?.N !== "1") return [`${id} was raised ${raised?.N} times`];
    return paymentId?.S === should ? [] : [`${id} was raised by ${paymentId?.S} for ${should}`];
  });
  return [...missing, ...wrong];
}

/** Alerts that nobody was told of, and what was told besides. */
export function wronglyPublished(
  { alerts }: Pick<ExpectedWindows, "alerts">,
  messages: readonly QueuedMessage[],
): string[] {
  const told = new Set(messages.map(({ body }) => String(JSON.parse(body).alertId)));
  return [
    ...[...alerts.keys()].filter((id) => !told.has(id)).map((id) => `${id} was not published`),
    ...[...told].filter((id) => !alerts.has(id)).map((id) => `${id} was published for nothing`),
  ];
}

/** Objects of the archive, by key. */
export type Archived = ReadonlyMap<string, string>;

/** Windows that are not in the archive, or not as they must be. */
export function wronglyArchived({ windows }: Pick<ExpectedWindows, "windows">, archived: Archived): string[] {
  const kept = [...archived].flatMap(([key, body]) => {
    if (!key.startsWith("windows/")) return [];
    const { startMs, isComplete, users }: { startMs: number; isComplete: boolean; users: Spendings } =
      JSON.parse(body);
    return [windowText(startMs, isComplete, Object.entries(users))];
  });
  return difference(windows, kept);
}

/** Late payments that are not in the archive, and what is there besides. */
export function wronglyLate({ late }: Pick<ExpectedWindows, "late">, archived: Archived): string[] {
  const kept = [...archived].flatMap(([key, body]) => {
    const payment: Payment = JSON.parse(body);
    return key.startsWith("late/") ? [payment.paymentId] : [];
  });
  return difference(late, kept);
}

/** What of two lists is not in the other, counted. */
function difference(should: readonly string[], is: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const one of should) counts.set(one, (counts.get(one) ?? 0) + 1);
  for (const one of is) counts.set(one, (counts.get(one) ?? 0) - 1);
  return [...counts].flatMap(([one, count]) => {
    if (count === 0) return [];
    return [`${count > 0 ? "missing" : "too many"}: ${one.slice(0, 80)}`];
  });
}
