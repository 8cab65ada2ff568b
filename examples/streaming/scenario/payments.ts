import { type Payment, WINDOW_MS } from "../src/payment.ts";
import type { Bad } from "./letters.ts";
import type { Put } from "./stream.ts";

export interface PaymentPlan {
  readonly records: readonly Put[];
  readonly bad: readonly Bad[];
}

const USERS = 60;
/** So many minutes of payments are sent within seconds. */
const MINUTES = 30;
const MINUTE_MS = 60_000;
const COUNTRIES = ["DE", "FR", "PL", "US", "BR"];
const BURSTS = 12;
const OUT_OF_ORDER_MS = 45_000;
const LATE = 0.02;
const BAD = 9;

/** Payments as they come: mostly in order, some late, bursts of each suspicious kind, and some that are none. */
export function planPayments(count: number, nowMs: number, random: () => number): PaymentPlan {
  // The last of them happens now: a payment from the future is refused.
  const beganMs = Math.floor(nowMs / WINDOW_MS) * WINDOW_MS - MINUTES * MINUTE_MS;
  const payments = Array.from({ length: count }, (_, index): Payment => {
    const inOrderMs = beganMs + Math.floor((index / count) * MINUTES * MINUTE_MS);
    const isLate = random() < LATE;
    return {
      paymentId: `payment-${index}`,
      user: `user-${Math.floor(random() * USERS)}`,
      cents: 100 + Math.floor(random() * 10_000),
      country: "DE",
      atMs: inOrderMs - Math.floor(random() * OUT_OF_ORDER_MS) - (isLate ? 2 * WINDOW_MS : 0),
    };
  });
  for (let burst = 0; burst < BURSTS; burst += 1) {
    spoil(payments, Math.floor(((burst + random()) / BURSTS) * count), burst, random);
  }
  const bad = Array.from({ length: BAD }, (_, index) => badPayment(index, nowMs));
  const records = payments.map(
    (payment): Put => ({ partitionKey: payment.user, data: JSON.stringify(payment) }),
  );
  const every = Math.floor(count / BAD);
  return {
    bad,
    records: records.flatMap((put, index) => {
      const one = index % every === 0 ? bad[index / every] : undefined;
      return one === undefined ? [put] : [{ partitionKey: "user-1", data: one.data }, put];
    }),
  };
}

/** From there on the payments are of one user, and many, of much, or all over the world. */
function spoil(payments: Payment[], from: number, burst: number, random: () => number): void {
  const user = `thief-${burst}`;
  const kind = burst % 3;
  for (let index = from; index < Math.min(from + 14, payments.length); index += 1) {
    const payment = payments[index];
    if (payment === undefined || (kind > 0 && random() < 0.6)) continue;
    payments[index] = {
      ...payment,
      user,
      cents: kind === 1 ? 200_000 : payment.cents,
      country: kind === 2 ? (COUNTRIES[index % COUNTRIES.length] ?? "DE") : "DE",
    };
  }
}

function badPayment(index: number, nowMs: number): Bad {
  const good: Payment = {
    paymentId: `bad-${index}`,
    user: "user-1",
    cents: 1,
    country: "DE",
    atMs: nowMs - 1,
  };
  const kinds: readonly Bad[] = [
    { data: JSON.stringify(good).slice(0, 30), refusal: "BODY_INVALID" },
    { data: JSON.stringify({ ...good, cents: -5 }), refusal: "BODY_INVALID" },
    { data: JSON.stringify({ ...good, atMs: nowMs + 3_600_000 }), refusal: "PAYMENT_FROM_THE_FUTURE" },
  ];
  return kinds[index % kinds.length] as Bad;
}
