import { startThirdParty, type ThirdPartyFate } from "../../local/faults/third-party.ts";
import type { ThirdParties } from "../../local/run/scenario.ts";
import { type Effects, hasNoAddress } from "./effects.ts";
import { keyedListener } from "./keyed-server.ts";

/** The stand-in of who writes to customers: counts what it sends, honours keys, and fails as the run's plan says. */
export async function startNotifications(
  fate: ThirdPartyFate,
  { notifications }: Pick<Effects, "notifications">,
): Promise<ThirdParties> {
  const server = await startThirdParty({
    name: "notifications",
    fate,
    listener: keyedListener(true, {
      work(_, { orderId = "", customerId = "" }, key) {
        if (hasNoAddress(customerId)) return { status: 422, body: { message: NO_ADDRESS } };
        notifications.push({ orderId, key, id: `notification-${notifications.length + 1}` });
        return { status: 201, body: { notificationId: `notification-${notifications.length}` } };
      },
    }),
  });
  return { parameters: { NotificationsUrl: server.endpoint }, stop: () => server.stop() };
}

/** What it says of a customer who cannot be written to. */
export const NO_ADDRESS = "the customer has no good address";
