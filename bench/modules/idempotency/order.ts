import type { LambdaContext } from "holdfast";

/** An event of 585 bytes as JSON, its members in the order that their writer thought of. */
export const order = {
  orderId: "9f1c6d1e-52f1-4f8e-9a37-0d1c2b3a4f5e",
  customer: { id: "c-204817", name: "Grete Øvergård", email: "grete@shop.example", tier: "gold" },
  placedAt: "2026-11-25T09:41:17.512Z",
  currency: "EUR",
  lines: [
    { sku: "SKU-10442", title: 'Lamp, 12" arm', quantity: 1, unitPrice: 48.9, gift: false },
    { sku: "SKU-99310", title: "Paper, 500 sheets", quantity: 3, unitPrice: 6.25, gift: false },
  ],
  shipping: { method: "standard", street: "Storg. 12", city: "Oslo", postcode: "0155", country: "NO" },
  coupon: "NONE",
  total: 67.65,
  notes: "Leave it at the door.\nRing twice; the bell is old.",
};

export type Order = typeof order;

/** What the measured functions answer. */
export interface Accepted {
  readonly accepted: boolean;
  readonly orderId: string;
}

/** A new order each time, known by its id. */
export function orders(): () => Order {
  let placed = 0;
  return () => {
    placed += 1;
    return { ...order, orderId: `order-${placed}` };
  };
}

export async function accept({ orderId }: Order): Promise<Accepted> {
  return { accepted: true, orderId };
}

const invocationEndMs = Date.now() + 900_000;

/** Both read the time that is left from it. */
export const context: LambdaContext = {
  functionName: "bench",
  functionVersion: "$LATEST",
  invokedFunctionArn: "arn:aws:lambda:us-east-1:000000000000:function:bench",
  memoryLimitInMB: "128",
  awsRequestId: "00000000-0000-0000-0000-000000000000",
  logGroupName: "/aws/lambda/bench",
  logStreamName: "bench",
  getRemainingTimeInMillis: () => invocationEndMs - Date.now(),
};
