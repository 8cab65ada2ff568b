import { BadRequest, type FieldProblem, type HttpRequest, header, jsonBody } from "./http.ts";
import { type Order, orderPlaced, placedId, sumOfItems } from "./order.ts";

/** A request to place an order, found good. */
export interface PlaceOrder extends HttpRequest {
  readonly order: Order;
}

/** What the log calls the event that this request is to become; undefined when it does not say which order it is. */
export function correlationOf(request: HttpRequest): string | undefined {
  const { orderId } = (jsonBody(request) ?? {}) as { readonly orderId?: unknown };
  return typeof orderId === "string" ? placedId(orderId) : undefined;
}

/** Reads the request, or throws every problem it has at once. What its key must look like is idempotency's affair. */
export async function readPlaceOrder(request: HttpRequest): Promise<PlaceOrder> {
  const problems: FieldProblem[] = [];
  if (!header(request, "idempotency-key")?.trim()) {
    problems.push({ field: "Idempotency-Key", message: "this header is missing" });
  }
  const checked = await orderPlaced.check(jsonBody(request));
  if (!checked.ok) {
    problems.push(...checked.problems.map(({ path, message }) => ({ field: path, message })));
    throw new BadRequest(problems);
  }
  if (sumOfItems(checked.value) !== checked.value.total) {
    problems.push({ field: "/total", message: "must be the sum of the items, quantity times price" });
  }
  // A leap second is good RFC 3339, and no Date.
  if (Number.isNaN(Date.parse(checked.value.timestamp))) {
    problems.push({ field: "/timestamp", message: "must be a time that a calendar has" });
  }
  if (problems.length > 0) throw new BadRequest(problems);
  return { ...request, order: checked.value };
}
