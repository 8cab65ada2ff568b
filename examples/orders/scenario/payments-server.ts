import { startThirdParty, type ThirdPartyFate } from "../../local/faults/third-party.ts";
import type { ThirdParties } from "../../local/run/scenario.ts";
import { type Effects, isDeclined } from "./effects.ts";
import { keyedListener } from "./keyed-server.ts";
import { type Provider, provider } from "./provider.ts";

/**
 * The payment provider's stand-in: counts what it does for each key and each order, fails as the run's plan says, and is
 * down when the run says so.
 */
export async function startPayments(
  fate: ThirdPartyFate,
  { charges, refunds }: Effects,
  honoursKeys = true,
  { outage, sees }: Pick<Provider, "outage" | "sees"> = provider(),
): Promise<ThirdParties> {
  const server = await startThirdParty({
    name: "payments",
    fate: (name, sinceFirstMs) => outage() ?? fate(name, sinceFirstMs),
    watch: sees,
    listener: keyedListener(honoursKeys, {
      read(path) {
        const orderId = decodeURIComponent(path.replace(/^\/charges\//, ""));
        const isPaid = charges.some((charge) => charge.orderId === orderId);
        return { status: 200, body: { status: isPaid ? "paid" : "unpaid" } };
      },
      work(path, { orderId = "", customerId = "" }, key) {
        if (path === "/refunds") {
          refunds.push({ orderId, key, id: `refund-${refunds.length + 1}` });
          return { status: 201, body: { refundId: `refund-${refunds.length}` } };
        }
        if (isDeclined(customerId)) return { status: 402, body: { message: "the card was declined" } };
        charges.push({ orderId, key, id: `charge-${charges.length + 1}` });
        return { status: 201, body: { chargeId: `charge-${charges.length}` } };
      },
    }),
  });
  return { parameters: { PaymentsUrl: server.endpoint }, stop: () => server.stop() };
}
