import { startThirdParty, type ThirdPartyFate } from "../../local/faults/third-party.ts";
import type { ThirdParties } from "../../local/run/scenario.ts";
import { type Effects, hasNoCarrier } from "./effects.ts";
import { keyedListener } from "./keyed-server.ts";

/** The carrier's stand-in: counts parcels, honours keys, and fails as the run's plan says. */
export async function startCarrier(fate: ThirdPartyFate, { shipments }: Effects): Promise<ThirdParties> {
  const server = await startThirdParty({
    name: "carrier",
    fate,
    listener: keyedListener(true, {
      work(_, { orderId = "", customerId = "" }, key) {
        if (hasNoCarrier(customerId)) return { status: 422, body: { message: "nobody delivers there" } };
        shipments.push({ orderId, key, id: `parcel-${shipments.length + 1}` });
        return { status: 201, body: { trackingId: `parcel-${shipments.length}` } };
      },
    }),
  });
  return { parameters: { CarrierUrl: server.endpoint }, stop: () => server.stop() };
}
