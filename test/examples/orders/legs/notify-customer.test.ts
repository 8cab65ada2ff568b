import { describe, expect, it } from "vitest";
import event from "../../../../examples/orders/events/notify-customer.json" with { type: "json" };
import { NO_ADDRESS } from "../../../../examples/orders/scenario/notifications-server.ts";
import { order as anyOrder } from "../fixtures.ts";
import { startLeg } from "./started.ts";

const leg = startLeg(
  "NotifyCustomerFunction",
  event,
  async () => (await import("../../../../examples/orders/src/handlers/notify-customer.ts")).handler,
);
const { deliver, deliverAll, fates, rowsOf, seen, transactions } = leg;

const order = (orderId: string, customerId = "customer-1") => anyOrder({ orderId, customerId });
const sent = (orderId: string): number =>
  leg.effects.notifications.filter((one) => one.orderId === orderId).length;
const known = async (orderId: string) => (await rowsOf("NotificationsTable")).get(orderId);
const reviewOf = async (orderId: string) => (await rowsOf("ReviewsTable")).get(`notification/${orderId}`);

describe("notify-customer", () => {
  it("tells the customer of its example event once, however often it is delivered", async () => {
    for (let times = 0; times < 2; times++) expect(await deliver(String(event.Records[0]?.body))).toEqual([]);
    const [{ id } = { id: "" }] = leg.effects.notifications.filter(
      ({ orderId }) => orderId === "market-2001",
    );
    expect(sent("market-2001")).toBe(1);
    expect(await known("market-2001")).toEqual({
      orderId: { S: "market-2001" },
      notificationId: { S: id },
      notifications: { N: "1" },
    });
  });

  it.each(["lose-reply", "dead", "fail"] as const)(
    "asks again after one %s of who writes to customers, and one letter is sent",
    async (fate) => {
      fates.push(fate, undefined);
      expect(await deliver(order(`once ${fate}`))).toEqual([]);
      expect([seen.asked, sent(`once ${fate}`)]).toEqual([2, 1]);
    },
  );

  it.each(["lose-reply", "dead", "fail"] as const)(
    "gives an order back while nobody answers (%s), and sends one letter when it comes again",
    async (fate) => {
      fates.push(fate);
      expect(await deliver(order(`down ${fate}`))).toEqual(["message-0"]);
      expect(await reviewOf(`down ${fate}`)).toBeUndefined();
      fates.length = 0;
      expect(await deliver(order(`down ${fate}`))).toEqual([]);
      expect(sent(`down ${fate}`)).toBe(1);
      expect(await known(`down ${fate}`)).toMatchObject({ notifications: { N: "1" } });
    },
  );

  it("puts an order before a person whose customer has no good address, and asks for it once", async () => {
    const placed = order("no address", "customer-8");
    expect(await deliverAll([placed], { receives: 2 })).toEqual([]);
    expect(await deliver(placed)).toEqual([]);
    expect([seen.asked, sent("no address")]).toEqual([1, 0]);
    expect(await known("no address")).toBeUndefined();
    expect(await reviewOf("no address")).toEqual({
      reviewId: { S: "notification/no address" },
      orderId: { S: "no address" },
      step: { S: "notification" },
      reason: { S: NO_ADDRESS },
      attempts: { N: "2" },
      refusals: { N: "1" },
    });
  });

  it("knows an order for years: an archive may bring it back", async () => {
    await deliver(order("years ago"));
    leg.passes(9 * 365 * 86_400_000);
    seen.asked = 0;
    expect(await deliver(order("years ago"))).toEqual([]);
    expect(seen.asked).toBe(0);
  });

  it("sends one letter though its own record of that is lost on the way", async () => {
    const placed = order("unrecorded");
    transactions.push("throttle", "throttle", "throttle", "throttle");
    expect(await deliver(placed)).toEqual(["message-0"]);
    transactions.length = 0;
    await expect.poll(() => deliver(placed), { timeout: 25_000, interval: 500 }).toEqual([]);
    expect(sent("unrecorded")).toBe(1);
    expect(await known("unrecorded")).toMatchObject({ notifications: { N: "1" } });
  });

  it.each([
    ["a text that is no JSON", "{"],
    ["an event that is no order", JSON.stringify({ ...leg.envelope, detail: { orderId: "bad" } })],
    ["an order of our own shop", JSON.stringify({ ...leg.envelope, source: "order.service" })],
  ])("gives back %s, and does nothing", async (_, body) => {
    const before = await rowsOf("IdempotencyTable");
    expect(await deliver(body)).toEqual(["message-0"]);
    expect(await rowsOf("IdempotencyTable")).toEqual(before);
    expect(seen.asked).toBe(0);
  });
});
