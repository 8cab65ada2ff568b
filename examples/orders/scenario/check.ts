import { isDeepStrictEqual } from "node:util";
import type { Item } from "../../local/run/tables.ts";
import { orderItem } from "../src/items.ts";
import { enrich, type Order, placedId, type StoredOrder } from "../src/order.ts";
import { customer } from "./accounting-server.ts";
import type { Fed } from "./feed.ts";

/** The order as it must be stored: EventBridge keeps whole seconds. */
export function expectedOrder(order: Order): StoredOrder {
  const placedAt = `${order.timestamp.slice(0, 19)}Z`;
  return enrich(order, customer(order.customerId), placedAt);
}

/** Bad requests whose answer was not 400 with the field that is wrong. */
export function wronglyRejected(fed: readonly Fed[]): string[] {
  return fed.flatMap(({ planned, answers }) => {
    const { fields } = planned;
    if (fields === undefined) return [];
    const right = answers.every(
      ({ status, body }) => status === 400 && fields.every((field) => names(body, field)),
    );
    return right
      ? []
      : [`${planned.key ?? "(no key)"}: ${answers[0]?.status} ${answers[0]?.body.slice(0, 120)}`];
  });
}

function names(body: string, field: string): boolean {
  try {
    const { problems = [] } = JSON.parse(body) as { problems?: readonly { readonly field: string }[] };
    return problems.some((problem) => problem.field === field);
  } catch {
    return false;
  }
}

/** Good requests that were not accepted. */
export function notAccepted(fed: readonly Fed[]): string[] {
  return fed
    .filter(
      ({ planned, answers }) => planned.order !== undefined && answers.some(({ status }) => status !== 202),
    )
    .map(({ planned, answers }) => `${planned.key}: ${answers.map(({ status }) => status).join(" ")}`);
}

/** Requests whose repeats were answered otherwise than the first sending. */
export function differentlyAnswered(fed: readonly Fed[]): string[] {
  return fed
    .filter(({ answers }) => answers.some(({ body }) => body !== answers[0]?.body))
    .map(({ planned }) => String(planned.key));
}

/** Orders missing from a table, or there without having been accepted. */
export function wronglyStored(accepted: readonly Order[], table: ReadonlyMap<string, Item>): string[] {
  const ids = new Set(accepted.map(({ orderId }) => orderId));
  return [
    ...[...ids].filter((id) => !table.has(id)).map((id) => `${id} is missing`),
    ...[...table.keys()].filter((id) => !ids.has(id)).map((id) => `${id} was never accepted`),
  ];
}

/** Orders whose item is not what the order makes. */
export function otherBytes(accepted: readonly Order[], table: ReadonlyMap<string, Item>): string[] {
  return accepted
    .filter(({ orderId }) => table.has(orderId))
    .filter((order) => !isDeepStrictEqual(table.get(order.orderId), orderItem(expectedOrder(order))))
    .map(({ orderId }) => `${orderId} differs`);
}

/** Days whose total, kept by ADD, is not what their orders add up to. */
export function wronglyCounted(accepted: readonly Order[], totals: ReadonlyMap<string, Item>): string[] {
  const expected = new Map<string, { orders: number; payable: number }>();
  for (const order of accepted.map(expectedOrder)) {
    const day = order.processedAt.slice(0, 10);
    const sum = expected.get(day) ?? { orders: 0, payable: 0 };
    expected.set(day, { orders: sum.orders + 1, payable: sum.payable + order.payable });
  }
  return [...new Set([...expected.keys(), ...totals.keys()])].flatMap((day) => {
    const should = expected.get(day) ?? { orders: 0, payable: 0 };
    const is = {
      orders: Number(totals.get(day)?.["orders"]?.N ?? 0),
      payable: Number(totals.get(day)?.["payable"]?.N ?? 0),
    };
    return isDeepStrictEqual(is, should)
      ? []
      : [
          `${day}: ${is.orders} counted for ${should.orders} orders, ${is.payable} cents for ${should.payable}`,
        ];
  });
}

/** Orders that were written with different bytes at different times, as the requests on the wire show. */
export function rewritten(bodies: readonly string[]): string[] {
  const seen = new Map<string, string>();
  const different = new Set<string>();
  for (const body of bodies) {
    const { RequestItems } = JSON.parse(body) as {
      RequestItems: Record<string, { PutRequest: { Item: { orderId: { S: string } } } }[]>;
    };
    for (const { PutRequest } of Object.values(RequestItems).flat()) {
      const id = PutRequest.Item.orderId.S;
      const bytes = JSON.stringify(PutRequest.Item);
      if ((seen.get(id) ?? bytes) !== bytes) different.add(id);
      seen.set(id, bytes);
    }
  }
  return [...different];
}

/** Accepted orders of which a function has not said that it was done with them. */
export function unlogged(accepted: readonly Order[], lines: ReadonlyMap<string, number>): string[] {
  return accepted.map(({ orderId }) => placedId(orderId)).filter((id) => !lines.has(id));
}
