import {
  isSuspicious,
  LATENESS_MS,
  type Payment,
  type Spending,
  WINDOW_MS,
  windowStartOf,
  withPayment,
} from "../src/payment.ts";
import type { Kept } from "./stream.ts";

/** What must come of the payments in a stream. */
export interface ExpectedWindows {
  /** The payment that raises it, by the alert's id. */
  readonly alerts: ReadonlyMap<string, string>;
  /** Closed windows and parts of windows, each as a text. */
  readonly windows: readonly string[];
  /** Ids of payments. */
  readonly late: readonly string[];
}

interface Open {
  readonly startMs: number;
  readonly users: Map<string, Spending>;
}

/**
 * Goes through the shards one payment after the other, as if nothing could fail. `arrivalMs` is how long Lambda keeps a state, in real
 * milliseconds; `isBad` says what is set aside.
 */
export function expectedWindows(
  shards: readonly (readonly Kept[])[],
  arrivalMs: number,
  isBad: (data: string) => boolean,
): ExpectedWindows {
  const alerts = new Map<string, string>();
  const windows: string[] = [];
  const late: string[] = [];
  for (const shard of shards) {
    let arrival = Number.NaN;
    let watermarkMs = Number.NEGATIVE_INFINITY;
    let open: Open[] = [];
    const close = (untilMs: number, isComplete: boolean): void => {
      const over = open.filter(({ startMs }) => startMs + WINDOW_MS <= untilMs);
      open = open.filter((window) => !over.includes(window));
      windows.push(...over.map(({ startMs, users }) => windowText(startMs, isComplete, users)));
    };
    for (const { data, arrivedAtMs } of shard) {
      if (isBad(data)) continue;
      const payment: Payment = JSON.parse(data);
      // Lambda's window is over, and with it all that it kept.
      if (Math.floor(arrivedAtMs / arrivalMs) !== arrival) {
        close(Number.POSITIVE_INFINITY, false);
        watermarkMs = Number.NEGATIVE_INFINITY;
        arrival = Math.floor(arrivedAtMs / arrivalMs);
      }
      const startMs = windowStartOf(payment);
      if (startMs + WINDOW_MS <= watermarkMs) {
        late.push(payment.paymentId);
        continue;
      }
      const window = open.find((one) => one.startMs === startMs) ?? { startMs, users: new Map() };
      if (!open.includes(window)) open.push(window);
      const before = window.users.get(payment.user) ?? { payments: 0, cents: 0, countries: [] };
      const now = withPayment(before, payment);
      window.users.set(payment.user, now);
      const alertId = `${payment.user}/${new Date(startMs).toISOString()}`;
      if (isSuspicious(now) && !alerts.has(alertId)) alerts.set(alertId, payment.paymentId);
      watermarkMs = Math.max(watermarkMs, payment.atMs - LATENESS_MS);
      close(watermarkMs, true);
    }
    close(Number.POSITIVE_INFINITY, false);
  }
  return { alerts, windows, late };
}

/** A window as a text: equal for windows of equal content. */
export function windowText(
  startMs: number,
  isComplete: boolean,
  users: Iterable<readonly [string, Spending]>,
): string {
  const sorted = [...users].sort(([a], [b]) => (a < b ? -1 : 1));
  const spent = sorted.map(
    ([user, { payments, cents, countries }]) => `${user}:${payments}/${cents}/${countries.join("+")}`,
  );
  return `${new Date(startMs).toISOString()} ${isComplete ? "whole" : "part"} ${spent.join(" ")}`;
}
