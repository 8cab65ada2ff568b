import type { ThirdPartyFate } from "../../local/faults/third-party.ts";
import type { ThirdParties } from "../../local/run/scenario.ts";
import { startAccounting } from "./accounting-server.ts";
import { startCarrier } from "./carrier-server.ts";
import type { Effects } from "./effects.ts";
import { type Latency, latency } from "./latency.ts";
import { startNotifications } from "./notifications-server.ts";
import { startPayments } from "./payments-server.ts";
import { type Provider, provider } from "./provider.ts";

/** All the systems outside that the app calls; what they do is written into `effects`. */
export async function startOutside(
  fate: ThirdPartyFate,
  effects: Effects,
  payments: Provider = provider(),
  { slowed }: Pick<Latency, "slowed"> = latency(),
): Promise<ThirdParties> {
  const slowedFate: ThirdPartyFate = (name, sinceFirstMs) => fate(name, sinceFirstMs) ?? slowed(name);
  const all: ThirdParties[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(all.map((one) => one.stop()));
  };
  try {
    all.push(await startAccounting(slowedFate, effects));
    all.push(await startPayments(slowedFate, effects, true, payments));
    all.push(await startCarrier(slowedFate, effects));
    all.push(await startNotifications(slowedFate, effects));
  } catch (error) {
    await stop();
    throw error;
  }
  return { parameters: Object.assign({}, ...all.map(({ parameters }) => parameters)), stop };
}
