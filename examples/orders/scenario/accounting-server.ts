import { startThirdParty, type ThirdPartyFate } from "../../local/faults/third-party.ts";
import { sendJson } from "../../local/process/http-server.ts";
import type { ThirdParties } from "../../local/run/scenario.ts";
import type { Customer } from "../src/order.ts";

/** The accounting system's stand-in: knows every customer, and fails as the run's plan says. */
export async function startAccounting(fate: ThirdPartyFate): Promise<ThirdParties> {
  const server = await startThirdParty({
    name: "accounting",
    fate,
    listener(request, response) {
      const customerId = /^\/customers\/([^/?]+)$/.exec(request.url ?? "")?.[1];
      if (customerId === undefined) return sendJson(response, 404, { message: "no such page" });
      return sendJson(response, 200, customer(decodeURIComponent(customerId)));
    },
  });
  return { parameters: { AccountingUrl: server.endpoint }, stop: () => server.stop() };
}

/** What it knows of a customer: the same every time. */
export function customer(customerId: string): Customer {
  const number = Number(customerId.replace(/\D/g, ""));
  return { name: `Customer ${number}`, segment: number % 3 === 0 ? "business" : "private" };
}
