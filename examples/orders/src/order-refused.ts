import { HoldfastError } from "holdfast";

/** The steps of an order's fulfilment. */
export type FulfilmentStep = "payment" | "inventory" | "shipping";

/** And of one that a marketplace has taken. */
export type OrderStep = FulfilmentStep | "posting" | "notification";

/** The business says no: the order ends here, and asking again changes nothing. An outage is another error. */
export class OrderRefused extends HoldfastError {
  override readonly name = "OrderRefused";
  readonly step: OrderStep;
  constructor(step: OrderStep, reason: string) {
    super("ORDER_REFUSED", reason);
    this.step = step;
  }
}
