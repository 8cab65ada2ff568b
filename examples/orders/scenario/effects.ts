/** One thing that a system outside did, and in whose name: an entry for each time, also of the same key. */
export interface Effect {
  readonly orderId: string;
  readonly key: string;
  readonly id: string;
}

/** What the systems outside have done, told by nobody but them. */
export interface Effects {
  readonly charges: Effect[];
  readonly refunds: Effect[];
  readonly shipments: Effect[];
  readonly postings: Effect[];
}

export function noEffects(): Effects {
  return { charges: [], refunds: [], shipments: [], postings: [] };
}

/** Those that are of these orders. */
export function effectsOf(
  { charges, refunds, shipments, postings }: Effects,
  orderIds: ReadonlySet<string>,
): Effects {
  const own = (list: readonly Effect[]) => list.filter(({ orderId }) => orderIds.has(orderId));
  return {
    charges: own(charges),
    refunds: own(refunds),
    shipments: own(shipments),
    postings: own(postings),
  };
}

/** Every tenth customer's card is declined. */
export function isDeclined(customerId: string): boolean {
  return numberOf(customerId) % 10 === 4;
}

/** Every tenth customer lives where the carrier does not go, which it says when the order is paid and reserved. */
export function hasNoCarrier(customerId: string): boolean {
  return numberOf(customerId) % 10 === 7;
}

function numberOf(customerId: string): number {
  return Number(customerId.replace(/\D/g, ""));
}
