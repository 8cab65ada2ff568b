import { startThirdParty, type ThirdPartyFate } from "../../local/faults/third-party.ts";
import type { ThirdParties } from "../../local/run/scenario.ts";
import type { Customer } from "../src/order.ts";
import { type Effects, noEffects } from "./effects.ts";
import { keyedListener } from "./keyed-server.ts";

/** The accounting system's stand-in: knows every customer, counts what is posted, honours keys, and fails as the run's plan says. */
export async function startAccounting(
  fate: ThirdPartyFate,
  { postings }: Pick<Effects, "postings"> = noEffects(),
): Promise<ThirdParties> {
  const server = await startThirdParty({
    name: "accounting",
    fate,
    listener: keyedListener(true, {
      read(path) {
        const customerId = /^\/customers\/([^/?]+)$/.exec(path)?.[1];
        if (customerId === undefined) return { status: 404, body: { message: "no such page" } };
        return { status: 200, body: customer(decodeURIComponent(customerId)) };
      },
      work(_, { orderId = "" }, key) {
        postings.push({ orderId, key, id: `posting-${postings.length + 1}` });
        return { status: 201, body: { postingId: `posting-${postings.length}` } };
      },
    }),
  });
  return { parameters: { AccountingUrl: server.endpoint }, stop: () => server.stop() };
}

/** What it knows of a customer: the same every time. */
export function customer(customerId: string): Customer {
  const number = Number(customerId.replace(/\D/g, ""));
  return { name: `Customer ${number}`, segment: number % 3 === 0 ? "business" : "private" };
}
