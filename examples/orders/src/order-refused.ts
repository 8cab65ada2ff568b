import { HoldfastError } from "holdfast";

/** The steps of an order's fulfilment. */
export type FulfilmentStep = "payment" | "inventory" | "shipping";

/** The business says no: the order ends here, and asking again changes nothing. An outage is another error. */
export class OrderRefused extends HoldfastError {
  override readonly name = "OrderRefused";
  readonly step: FulfilmentStep;
  constructor(step: FulfilmentStep, reason: string) {
    super("ORDER_REFUSED", reason);
    this.step = step;
  }
}
