import { HoldfastError } from "holdfast";
import type { KinesisRecord } from "holdfast/batching";
import { type InferSchema, jsonSchema } from "holdfast/events";

const schema = {
  type: "object",
  properties: {
    paymentId: { type: "string", minLength: 1, maxLength: 100 },
    user: { type: "string", minLength: 1, maxLength: 100 },
    cents: { type: "integer", minimum: 1, maximum: 1_000_000_000_000 },
    country: { type: "string", pattern: "^[A-Z]{2}$" },
    atMs: { type: "integer", minimum: 0, maximum: 8_640_000_000_000_000 },
  },
  required: ["paymentId", "user", "cents", "country", "atMs"],
} as const;

/** A user paid, somewhere, at so many milliseconds since the epoch. */
export type Payment = InferSchema<typeof schema>;

export const paymentSchema = jsonSchema(schema);

/** Windows follow each other from the epoch on. */
export const WINDOW_MS = 300_000;
/** A payment may arrive so much later than the latest, and is still counted in its window. */
export const LATENESS_MS = 60_000;
/** Clocks of those who send may be ahead by so much. */
const AHEAD_MS = 60_000;

/** What one user did in a window. It travels with the window's state, so it is short. */
export interface Spending {
  readonly payments: number;
  readonly cents: number;
  readonly countries: readonly string[];
}

/** By user. */
export type Spendings = Readonly<Record<string, Spending>>;

export function spendingOf(spendings: Spendings, user: string): Spending {
  return (
    (Object.hasOwn(spendings, user) ? spendings[user] : undefined) ?? { payments: 0, cents: 0, countries: [] }
  );
}

export function withPayment({ payments, cents, countries }: Spending, payment: Payment): Spending {
  return {
    payments: payments + 1,
    cents: cents + payment.cents,
    countries: countries.includes(payment.country) ? countries : [...countries, payment.country],
  };
}

/** Ten payments, more than 5,000.00, or a third country, within five minutes. */
export function isSuspicious({ payments, cents, countries }: Spending): boolean {
  return payments >= 10 || cents > 500_000 || countries.length >= 3;
}

export function windowStartOf({ atMs }: Payment): number {
  return Math.floor(atMs / WINDOW_MS) * WINDOW_MS;
}

/** One is raised for a user in a window, by the payment that makes it suspicious. */
export interface Alert {
  readonly alertId: string;
  readonly user: string;
  readonly windowStartMs: number;
  readonly paymentId: string;
  /** When that payment came into the stream. */
  readonly arrivedAtMs: number;
}

export function alertOf(payment: Payment, record: KinesisRecord): Alert {
  const { user, paymentId } = payment;
  const windowStartMs = windowStartOf(payment);
  return {
    alertId: `${user}/${new Date(windowStartMs).toISOString()}`,
    user,
    windowStartMs,
    paymentId,
    arrivedAtMs: arrivedAtMs(record),
  };
}

/** A time far ahead would move the watermark there, and make all others late. */
export function checkTime({ atMs }: Payment, record: KinesisRecord): void {
  if (atMs <= arrivedAtMs(record) + AHEAD_MS) return;
  throw new HoldfastError(
    "PAYMENT_FROM_THE_FUTURE",
    "The payment's time is more than a minute ahead of its arrival.",
  );
}

function arrivedAtMs({ kinesis }: KinesisRecord): number {
  return Math.round(kinesis.approximateArrivalTimestamp * 1_000);
}
