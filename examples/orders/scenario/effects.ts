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
}

export function noEffects(): Effects {
  return { charges: [], refunds: [], shipments: [] };
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
