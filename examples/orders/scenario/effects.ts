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
  readonly notifications: Effect[];
}

export function noEffects(): Effects {
  return { charges: [], refunds: [], shipments: [], postings: [], notifications: [] };
}

/** Those that are of these orders. */
export function effectsOf(
  { charges, refunds, shipments, postings, notifications }: Effects,
  orderIds: ReadonlySet<string>,
): Effects {
  const own = (list: readonly Effect[]) => list.filter(({ orderId }) => orderIds.has(orderId));
  return {
    charges: own(charges),
    refunds: own(refunds),
    shipments: own(shipments),
    postings: own(postings),
    notifications: own(notifications),
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

/** Every tenth customer has given an address that takes no letters. */
export function hasNoAddress(customerId: string): boolean {
  return numberOf(customerId) % 10 === 8;
}

function numberOf(customerId: string): number {
  return Number(customerId.replace(/\D/g, ""));
}
